package io.vmxdecision.engine.vmx;

/**
 * Reads the exit qualification of a MOV DR. SDM vol. 3, "Exit Qualification for MOV DR": bits 2:0
 * debug register, 4 direction, 11:8 general-purpose register.
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class DrAccess {
  private DrAccess() {}

  /** The debug register, 0..7. */
  public static int register(long qualification) {
    return (int) qualification & 7;
  }

  /** Whether the debug register is read (MOV from DR). */
  public static boolean isRead(long qualification) {
    return ((qualification >>> 4) & 1) != 0;
  }

  /** The general-purpose register by number, 0..15. */
  public static int generalRegister(long qualification) {
    return (int) (qualification >>> 8) & 0xf;
  }
}
