package io.vmxdecision.engine.view;

/** A field of one of the pages that L1 shares with L0. */
public sealed interface PageField permits EvmcsField, PartitionAssistField, VpAssistField {
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
