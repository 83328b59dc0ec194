package io.vmxdecision.artefacts.machine;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hyper-V enlightenments of a VM: QEMU's flag, libvirt's element, what the flag adds to L1's CPUID words, and
 * the flags that it needs. Source: QEMU docs/system/i386/hyperv.rst and target/i386/kvm/kvm.c; libvirt
 * formatdomain.
 */
enum Enlightenment {
  RELAXED("relaxed", 0, 1 << 5, 0),
  VAPIC("vapic", 0, 1 << 3, 0),
  SPINLOCKS("spinlocks", 0, 0, 0),
  VPINDEX("vpindex", 0, 0, 0),
  RUNTIME("runtime", 0, 0, 0),
  CRASH("crash", 0, 0, 1 << 10),
  TIME("time", 0, 0, 0),
  SYNIC("synic", 0, 0, 0, "vpindex"),
  STIMER("stimer", 0, 0, 0, "vpindex", "synic", "time"),
  STIMER_DIRECT("stimer-direct", 0, 0, 1 << 19, "vpindex", "synic", "time", "stimer"),
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
  EMSR_BITMAP("emsr-bitmap", 1 << 19, 0, 0, "vapic"),
  NO_NONARCH_CORESHARING("no-nonarch-coresharing", 0, 1 << 18, 0),
  SYNDBG("syndbg", 0, 0, 1 << 11),
  ENFORCE_CPUID("enforce-cpuid", 0, 0, 0),
  PASSTHROUGH("passthrough", 0, 0, 0);

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
  static @Nullable Enlightenment of(String flag) {
    String name = flag.toLowerCase(Locale.ROOT).replace('_', '-');
    if (name.equals("apicv")) {
      return AVIC;
    }
    return BY_FLAG.get(name);
  }

  String flag() {
    return flag;
  }

  int nestedEax() {
    return nestedEax;
  }

  int enlightenmentsEax() {
    return enlightenmentsEax;
  }

  int featuresEdx() {
    return featuresEdx;
  }

  List<String> needs() {
    return needs;
  }
}
