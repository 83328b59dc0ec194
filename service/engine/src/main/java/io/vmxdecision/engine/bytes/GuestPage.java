package io.vmxdecision.engine.bytes;

/** A page of guest-physical memory: 4 KiB, aligned to its size. Allocates nothing. */
public final class GuestPage {
  /** Its size in bytes. */
  public static final int BYTES = 4096;

  private GuestPage() {}

  /** Where in its page an address lies, 0..4,095. */
  public static int offset(long gpa) {
    return (int) gpa & (BYTES - 1);
  }
}
