package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The VMX capability MSRs and facts of the CPU by which checks judge: those that L1 has, or under {@link
 * EntryProfile#SDM} those of the bare CPU. A control MSR has the bits that must be 1 in 31:0, and those
 * that may be 1 in 63:32.
 *
 * <p>The defaults are what KVM 6.12 gives L1 on a CPU of the Skylake-X class. Under {@link
 * EntryProfile#SDM} there are none: what is not given is unknown but for the bits that are the same on
 * every CPU with VMX.
 */
public enum Capability implements EntryFact {
  /** IA32_VMX_TRUE_PINBASED_CTLS (0x48d). */
  VMX_TRUE_PINBASED_CTLS("vmxTruePinbasedCtls", "IA32_VMX_TRUE_PINBASED_CTLS", 0x48d, 0xff_0000_0016L, 0, -1),
  /** IA32_VMX_TRUE_PROCBASED_CTLS (0x48e). */
  VMX_TRUE_PROCBASED_CTLS("vmxTrueProcbasedCtls", "IA32_VMX_TRUE_PROCBASED_CTLS", 0x48e,
      0xfff9_fffe_0400_6172L, 0, -1),
  /** IA32_VMX_PROCBASED_CTLS2 (0x48b). */
  VMX_PROCBASED_CTLS2("vmxProcbasedCtls2", "IA32_VMX_PROCBASED_CTLS2", 0x48b, 0x0213_7bff_0000_0000L, 0, -1),
  /** IA32_VMX_TRUE_EXIT_CTLS (0x48f). */
  VMX_TRUE_EXIT_CTLS("vmxTrueExitCtls", "IA32_VMX_TRUE_EXIT_CTLS", 0x48f, 0x00ff_ffff_0003_6dfbL, 0, -1),
  /** IA32_VMX_TRUE_ENTRY_CTLS (0x490). */
  VMX_TRUE_ENTRY_CTLS("vmxTrueEntryCtls", "IA32_VMX_TRUE_ENTRY_CTLS", 0x490, 0x0001_f3ff_0000_11fbL, 0, -1),
  /** IA32_VMX_MISC (0x485). */
  VMX_MISC("vmxMisc", "IA32_VMX_MISC", 0x485, 0x2000_0165L, 0, -1),
  /** IA32_VMX_CR0_FIXED0 (0x486). NE is fixed on every CPU. */
  VMX_CR0_FIXED0("vmxCr0Fixed0", "IA32_VMX_CR0_FIXED0", 0x486, 0x8000_0021L, 0x20, ~0x20L),
  /** IA32_VMX_CR0_FIXED1 (0x487). */
  VMX_CR0_FIXED1("vmxCr0Fixed1", "IA32_VMX_CR0_FIXED1", 0x487, 0xffff_ffffL, 0x20, ~0x20L),
  /** IA32_VMX_CR4_FIXED0 (0x488). VMXE is fixed on every CPU. */
  VMX_CR4_FIXED0("vmxCr4Fixed0", "IA32_VMX_CR4_FIXED0", 0x488, 0x2000, 0x2000, ~0x2000L),
  /** IA32_VMX_CR4_FIXED1 (0x489). */
  VMX_CR4_FIXED1("vmxCr4Fixed1", "IA32_VMX_CR4_FIXED1", 0x489, 0x77_2fff, 0x2000, ~0x2000L),
  /** IA32_VMX_EPT_VPID_CAP (0x48c). */
  VMX_EPT_VPID_CAP("vmxEptVpidCap", "IA32_VMX_EPT_VPID_CAP", 0x48c, 0xf01_0633_4041L, 0, -1),
  /** IA32_VMX_VMFUNC (0x491). */
  VMX_VMFUNC("vmxVmfunc", "IA32_VMX_VMFUNC", 0x491, 1, 0, -1),
  /** The bits of IA32_EFER that may be set. On every CPU they are among SCE, LME, LMA and NXE. */
  EFER("efer", "", 0, 0xd01, 0, 0xd01),
  /** The bits of IA32_DEBUGCTL that are supported. */
  DEBUGCTL("debugctl", "", 0, 0, 0, 0xffff),
  /** The bits that are defined in IA32_PERF_GLOBAL_CTRL. */
  PERF_GLOBAL_CTRL("perfGlobalCtrl", "", 0, 0x7_0000_000fL, 0, -1),
  /** Physical-address width in bits, 36..52. Unknown as a whole or not at all. */
  MAX_PHY_ADDR("maxPhyAddr", "", 0, 46, 0, -1),
  /** 1 with linear-address masking (LAM), else 0: bits 62:61 of CR3 are then ignored. */
  LAM("lam", "", 0, 0, 0, 1),
  /** IA32_VMX_BASIC (0x480). Under KVM no check reads it. */
  VMX_BASIC("vmxBasic", "IA32_VMX_BASIC", 0x480, 0x11e5_7ed0L, 0, -1),
  /** IA32_VMX_PROCBASED_CTLS3 (0x492): the tertiary controls that may be 1. */
  VMX_PROCBASED_CTLS3("vmxProcbasedCtls3", "IA32_VMX_PROCBASED_CTLS3", 0x492, 0, 0, -1),
  /** IA32_VMX_EXIT_CTLS2 (0x493): the secondary VM-exit controls that may be 1. */
  VMX_EXIT_CTLS2("vmxExitCtls2", "IA32_VMX_EXIT_CTLS2", 0x493, 0, 0, -1);

  /** The address of what is no VMX capability MSR. */
  public static final int NO_MSR = 0;

  private static final long ALL_SUPPORTED = 0xffff_ffffL;
  private static final long EXIT_PERF_GLOBAL_CTRL = 1L << 12;
  private static final long ENTRY_PERF_GLOBAL_CTRL = 1L << 13;

  private static final Capability[] ALL = values();
  private static final Map<String, Capability> BY_LABEL =
      Arrays.stream(ALL).collect(Collectors.toUnmodifiableMap(Capability::label, Function.identity()));

  private final String label;
  private final String msrName;
  private final int msr;
  private final long byDefault;
  private final long everywhere;
  private final long differs;

  Capability(String label, String msrName, int msr, long byDefault, long everywhere, long differs) {
    this.label = label;
    this.msrName = msrName;
    this.msr = msr;
    this.byDefault = byDefault;
    this.everywhere = everywhere;
    this.differs = differs;
  }

  /** The capability of that name in the API, such as {@code vmxMisc}, or null. */
  public static @Nullable Capability of(String label) {
    return BY_LABEL.get(label);
  }

  static int count() {
    return ALL.length;
  }

  static Capability at(int index) {
    return ALL[index];
  }

  @Override
  public String label() {
    return label;
  }

  /** The name of the MSR, such as {@code IA32_VMX_MISC}; empty for what is no VMX capability MSR. */
  public String msrName() {
    return msrName;
  }

  /** The address of the MSR, or {@link #NO_MSR}. */
  public int msr() {
    return msr;
  }

  /** The value under {@link EntryProfile#KVM_6_12} when none is given. */
  public long byDefault() {
    return byDefault;
  }

  /**
   * What L1 reads where KVM has {@code value}, once eVMCS is on: of the controls that may be 1, those that
   * an eVMCS supports. The checks of an entry judge by the whole {@code value}. KVM {@code
   * nested_evmcs_filter_control_msr()}.
   *
   * @param perfGlobalCtrl bit 0 of CPUID 0x4000000A EBX: the controls "load IA32_PERF_GLOBAL_CTRL" show
   */
  public long readByL1(long value, boolean perfGlobalCtrl) {
    EvmcsField controls = CapabilityBits.controls(this);
    if (controls == null) {
      return value;
    }
    long supported = EvmcsControlChecks.supported(EntryProfile.KVM_6_12, controls);
    if (!perfGlobalCtrl) {
      supported &= ~hidden(this);
    }
    return value & (supported << Integer.SIZE | ALL_SUPPORTED);
  }

  private static long hidden(Capability word) {
    return switch (word) {
      case VMX_TRUE_EXIT_CTLS -> EXIT_PERF_GLOBAL_CTRL;
      case VMX_TRUE_ENTRY_CTLS -> ENTRY_PERF_GLOBAL_CTRL;
      default -> 0;
    };
  }

  /** The bits that every CPU has, of those that do not {@linkplain #differs() differ}. */
  long everywhere() {
    return everywhere;
  }

  /** The bits that are not the same on every CPU. */
  long differs() {
    return differs;
  }
}
