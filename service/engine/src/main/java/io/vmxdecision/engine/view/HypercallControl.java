package io.vmxdecision.engine.view;

/**
 * Reads the 64-bit hypercall input value, the control word of a call. TLFS, "Hypercall Inputs". Bits
 * 30:27, 47:44 and 63:60 are reserved.
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class HypercallControl {
  /** The call code. */
  public static final BitRange CODE = new BitRange("call code", 0, 16);

  /** Set: the input is in registers (fast); clear: in memory (slow). */
  public static final BitRange FAST = new BitRange("fast", 16, 1);

  /** The size of the variable header, in units of 8 bytes. */
  public static final BitRange VARIABLE_HEADER_SIZE = new BitRange("variable header size", 17, 10);

  /** The number of repetitions. */
  public static final BitRange REP_COUNT = new BitRange("rep count", 32, 12);

  /** The index of the first repetition. */
  public static final BitRange REP_START = new BitRange("rep start", 48, 12);

  /**
   * The bits that must be 0: 31:27, 47:44, 63:60. KVM ({@code HV_HYPERCALL_RSVD_MASK}) counts bit
   * 31 as reserved, where the TLFS defines it as "is nested".
   */
  public static final long RESERVED = 0xf000_f000_f800_0000L;

  private HypercallControl() {}

  /** The call code, 0..65,535. */
  public static int code(long control) {
    return (int) CODE.of(control);
  }

  /** Whether the input is in registers (fast) and not in memory (slow). */
  public static boolean isFast(long control) {
    return FAST.of(control) != 0;
  }

  /** The size of the variable header in units of 8 bytes, 0..1,023. */
  public static int variableHeaderSize(long control) {
    return (int) VARIABLE_HEADER_SIZE.of(control);
  }

  /** The number of repetitions, 0..4,095. */
  public static int repCount(long control) {
    return (int) REP_COUNT.of(control);
  }

  /** The index of the first repetition, 0..4,095. */
  public static int repStart(long control) {
    return (int) REP_START.of(control);
  }
}
