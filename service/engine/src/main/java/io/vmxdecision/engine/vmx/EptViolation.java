package io.vmxdecision.engine.vmx;

/**
 * Reads the exit qualification of an EPT violation. SDM vol. 3, "Exit Qualification for EPT
 * Violations": bits 2:0 the access, 5:3 what the EPT entries allow, 7 guest-linear address valid, 8
 * the access was to the translation of that address (not to a paging-structure entry).
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class EptViolation {
  private EptViolation() {}

  /** Whether it was a data read. */
  public static boolean isRead(long qualification) {
    return bit(qualification, 0);
  }

  /** Whether it was a data write. */
  public static boolean isWrite(long qualification) {
    return bit(qualification, 1);
  }

  /** Whether it was an instruction fetch. */
  public static boolean isFetch(long qualification) {
    return bit(qualification, 2);
  }

  /** Whether the guest-physical address is readable. */
  public static boolean isReadable(long qualification) {
    return bit(qualification, 3);
  }

  /** Whether the guest-physical address is writable. */
  public static boolean isWritable(long qualification) {
    return bit(qualification, 4);
  }

  /** Whether the guest-physical address is executable (in supervisor mode). */
  public static boolean isExecutable(long qualification) {
    return bit(qualification, 5);
  }

  /** Whether the guest-linear address field is valid. */
  public static boolean isLinearAddressValid(long qualification) {
    return bit(qualification, 7);
  }

  /** Whether the access was to a guest paging-structure entry; needs a valid linear address. */
  public static boolean isPageWalk(long qualification) {
    return isLinearAddressValid(qualification) && !bit(qualification, 8);
  }

  private static boolean bit(long qualification, int bit) {
    return ((qualification >>> bit) & 1) != 0;
  }
}
