package io.vmxdecision.engine.hyperv;

import io.vmxdecision.engine.bytes.PageView;

/**
 * A view of a partition assist page (TLFS, {@code VM_PARTITION_ASSIST_PAGE}), which L1 shares with
 * L0 per nested VM. Its first four bytes have a meaning. Not given: L0 cannot read it.
 */
public final class PartitionAssistPage extends PageView {
  /** Offset of {@code TlbLockCount}, 32 bits. */
  public static final int TLB_LOCK_COUNT_OFFSET = 0;

  /** {@code TlbLockCount}, 32 bits, unsigned: not 0 while L1 wants to know of every flush. */
  public int tlbLockCount() {
    return u32(TLB_LOCK_COUNT_OFFSET);
  }

  /** Stores {@code TlbLockCount}. */
  public void tlbLockCount(int value) {
    u32(TLB_LOCK_COUNT_OFFSET, value);
  }
}
