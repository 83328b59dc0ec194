package io.vmxdecision.engine.bytes;

/** A field of one of the pages that L1 shares with L0. */
public interface PageField {
  /** The pages that L1 shares with L0. */
  enum Page {
    /** The enlightened VMCS. */
    EVMCS,
    /** The VP assist page of a vCPU. */
    VP_ASSIST_PAGE,
    /** The partition assist page. */
    PARTITION_ASSIST_PAGE
  }

  /** The page that holds it. */
  Page page();

  /** The page and the byte offset in it, such as {@code eVMCS 0x344}. */
  String address();

  /** The name in Linux and in this project's API, such as {@code hv_vm_id}. */
  String linuxName();

  /** Byte offset in the page. */
  int offset();

  /** Width in bytes: 1, 2, 4 or 8. */
  int bytes();

  /** The largest value that fits, unsigned: all ones in {@link #bytes()} bytes. */
  default long mask() {
    return -1L >>> (Long.SIZE - bytes() * Byte.SIZE);
  }
}
