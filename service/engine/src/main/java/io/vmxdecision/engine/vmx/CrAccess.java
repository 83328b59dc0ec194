package io.vmxdecision.engine.vmx;

/**
 * Reads the exit qualification of a control-register access. SDM vol. 3, "Exit Qualification for
 * Control-Register Accesses": bits 3:0 control register, 5:4 access type, 6 LMSW operand, 11:8
 * general-purpose register, 31:16 LMSW source data.
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class CrAccess {
  /** Access type: MOV to CR. */
  public static final int MOV_TO_CR = 0;

  /** Access type: MOV from CR. */
  public static final int MOV_FROM_CR = 1;

  /** Access type: CLTS. */
  public static final int CLTS = 2;

  /** Access type: LMSW. */
  public static final int LMSW = 3;

  private CrAccess() {}

  /** The control register, 0..15; 0 for CLTS and LMSW. */
  public static int register(long qualification) {
    return (int) qualification & 0xf;
  }

  /** The access type, 0..3. */
  public static int type(long qualification) {
    return (int) (qualification >>> 4) & 3;
  }

  /** Whether the operand of LMSW is in memory, not in a register. */
  public static boolean isLmswFromMemory(long qualification) {
    return ((qualification >>> 6) & 1) != 0;
  }

  /** The general-purpose register of a MOV by number, 0..15. */
  public static int generalRegister(long qualification) {
    return (int) (qualification >>> 8) & 0xf;
  }

  /** The source data of LMSW, 16 bits. */
  public static int lmswSource(long qualification) {
    return (int) (qualification >>> 16) & 0xffff;
  }
}
