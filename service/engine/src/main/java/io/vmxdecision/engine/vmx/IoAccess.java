package io.vmxdecision.engine.vmx;

/**
 * Reads the exit qualification of an I/O instruction. SDM vol. 3, "Exit Qualification for I/O
 * Instructions": bits 2:0 size less 1, 3 direction, 4 string, 5 REP, 6 operand encoding, 31:16 port.
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class IoAccess {
  private IoAccess() {}

  /** The size of the access in bytes: 1, 2 or 4 from hardware, 1..8 by the bits. */
  public static int size(long qualification) {
    return ((int) qualification & 7) + 1;
  }

  /** Whether it is an IN (or INS). */
  public static boolean isIn(long qualification) {
    return ((qualification >>> 3) & 1) != 0;
  }

  /** Whether it is a string instruction (INS, OUTS). */
  public static boolean isString(long qualification) {
    return ((qualification >>> 4) & 1) != 0;
  }

  /** Whether it has a REP prefix. */
  public static boolean hasRep(long qualification) {
    return ((qualification >>> 5) & 1) != 0;
  }

  /** Whether the port is an immediate operand, not in DX. */
  public static boolean isImmediate(long qualification) {
    return ((qualification >>> 6) & 1) != 0;
  }

  /** The first port, 0..65,535. */
  public static int port(long qualification) {
    return (int) (qualification >>> 16) & 0xffff;
  }
}
