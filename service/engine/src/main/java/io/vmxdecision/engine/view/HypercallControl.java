package io.vmxdecision.engine.view;

/**
 * Reads the 64-bit hypercall input value, the control word of a call. TLFS, "Hypercall Inputs":
 * bits 15:0 call code, 16 fast, 26:17 variable header size, 30:27 reserved, 31 is nested, 43:32 rep
 * count, 47:44 reserved, 59:48 rep start index, 63:60 reserved.
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class HypercallControl {
  /**
   * The bits that must be 0: 31:27, 47:44, 63:60. KVM ({@code HV_HYPERCALL_RSVD_MASK}) counts bit
   * 31 as reserved, where the TLFS defines it as "is nested".
   */
  public static final long RESERVED = 0xf000_f000_f800_0000L;

  private static final int FAST_BIT = 16;
  private static final int VARIABLE_HEADER_SHIFT = 17;
  private static final int VARIABLE_HEADER = 0x3ff;
  private static final int REP_COUNT_SHIFT = 32;
  private static final int REP_START_SHIFT = 48;
  private static final int REP = 0xfff;

  private HypercallControl() {}

  /** The call code, 0..65,535. */
  public static int code(long control) {
    return (int) control & 0xffff;
  }

  /** Whether the input is in registers (fast) and not in memory (slow). */
  public static boolean isFast(long control) {
    return ((control >>> FAST_BIT) & 1) != 0;
  }

  /** The size of the variable header in units of 8 bytes, 0..1,023. */
  public static int variableHeaderSize(long control) {
    return (int) (control >>> VARIABLE_HEADER_SHIFT) & VARIABLE_HEADER;
  }

  /** The number of repetitions, 0..4,095. */
  public static int repCount(long control) {
    return (int) (control >>> REP_COUNT_SHIFT) & REP;
  }

  /** The index of the first repetition, 0..4,095. */
  public static int repStart(long control) {
    return (int) (control >>> REP_START_SHIFT) & REP;
  }
}
