package io.vmxdecision.engine.hyperv;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hyper-V enlightenments of a VM: QEMU's flag, libvirt's element, what the flag adds to L1's CPUID words, and
 * the flags that it needs itself, without which QEMU does not start. Source: QEMU
 * docs/system/i386/hyperv.rst and target/i386/kvm/kvm.c; libvirt formatdomain.
 */
public enum Enlightenment {
  RELAXED("relaxed", 0, 1 << 5, 0),
  VAPIC("vapic", 0, 1 << 3, 0),
  SPINLOCKS("spinlocks", 0, 0, 0),
  VPINDEX("vpindex", 0, 0, 0),
  RUNTIME("runtime", 0, 0, 0),
  CRASH("crash", 0, 0, 1 << 10),
  TIME("time", 0, 0, 0),
  SYNIC("synic", 0, 0, 0, "vpindex"),
  STIMER("stimer", 0, 0, 0, "synic", "time"),
  STIMER_DIRECT("stimer-direct", 0, 0, 1 << 19, "stimer"),
  TLBFLUSH("tlbflush", 0, 1 << 2 | 1 << 11, 0, "vpindex"),
  TLBFLUSH_EXT("tlbflush-ext", 0, 0, 1 << 14, "tlbflush"),
  TLBFLUSH_DIRECT("tlbflush-direct", 1 << 17, 0, 0, "vapic"),
  IPI("ipi", 0, 1 << 10 | 1 << 11, 0, "vpindex"),
  RESET("reset", 0, 0, 0),
  VENDOR_ID("vendor-id", 0, 0, 0),
  FREQUENCIES("frequencies", 0, 0, 1 << 8),
  REENLIGHTENMENT("reenlightenment", 0, 0, 0),
  EVMCS("evmcs", 0x0101, 1 << 14, 0, "vapic"),
  AVIC("avic", 0, 1 << 9, 0),
  XMM_INPUT("xmm-input", 0, 0, 1 << 4),
  EMSR_BITMAP("emsr-bitmap", 1 << 19, 0, 0),
  NO_NONARCH_CORESHARING("no-nonarch-coresharing", 0, 1 << 18, 0),
  SYNDBG("syndbg", 0, 0, 1 << 11, "synic", "relaxed"),
  ENFORCE_CPUID("enforce-cpuid", 0, 0, 0),
  PASSTHROUGH("passthrough", 0, 0, 0);

  /** What any of them sets of CPUID 0x40000003 EDX: dynamic partitioning. QEMU hyperv_fill_cpuids(). */
  public static final int FEATURES_EDX_OF_ANY = 1 << 3;

  private static final Map<String, Enlightenment> BY_FLAG =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(it -> it.flag, Function.identity()));

  private final String flag;
  private final int nestedEax;
  private final int enlightenmentsEax;
  private final int featuresEdx;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> needs;

  Enlightenment(String flag, int nestedEax, int enlightenmentsEax, int featuresEdx, String... needs) {
    this.flag = flag;
    this.nestedEax = nestedEax;
    this.enlightenmentsEax = enlightenmentsEax;
    this.featuresEdx = featuresEdx;
    this.needs = List.of(needs);
  }

  /** The one of QEMU's flag without {@code hv-}, with dashes or underscores, or null. */
  public static @Nullable Enlightenment of(String flag) {
    String name = flag.toLowerCase(Locale.ROOT).replace('_', '-');
    if (name.equals("apicv")) {
      return AVIC;
    }
    return BY_FLAG.get(name);
  }

  /** QEMU's flag without {@code hv-}. */
  public String flag() {
    return flag;
  }

  /** What it sets of CPUID 0x4000000A EAX, on an Intel host. */
  public int nestedEax() {
    return nestedEax;
  }

  /** What it sets of CPUID 0x40000004 EAX. */
  public int enlightenmentsEax() {
    return enlightenmentsEax;
  }

  /** What it sets of CPUID 0x40000003 EDX. */
  public int featuresEdx() {
    return featuresEdx;
  }

  /** The flags that have to be on with it. */
  public List<Enlightenment> needs() {
    return needs.stream().map(BY_FLAG::get).toList();
  }
}
