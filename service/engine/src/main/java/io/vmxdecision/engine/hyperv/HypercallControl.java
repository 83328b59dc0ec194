package io.vmxdecision.engine.hyperv;

import io.vmxdecision.engine.bytes.BitRange;

/**
 * Reads the 64-bit hypercall input value, the control word of a call. TLFS, "Hypercall Inputs".
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

  /** Set: in a nested environment the call is for the hypervisor on the hardware, L0. */
  public static final BitRange NESTED = new BitRange("is nested", 31, 1);

  /** The number of repetitions. */
  public static final BitRange REP_COUNT = new BitRange("rep count", 32, 12);

  /** The index of the first repetition. */
  public static final BitRange REP_START = new BitRange("rep start", 48, 12);

  /** The bits that the TLFS reserves: 30:27, 47:44 and 63:60. */
  public static final long RESERVED =
      ~(CODE.mask()
          | FAST.mask()
          | VARIABLE_HEADER_SIZE.mask()
          | NESTED.mask()
          | REP_COUNT.mask()
          | REP_START.mask());

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
