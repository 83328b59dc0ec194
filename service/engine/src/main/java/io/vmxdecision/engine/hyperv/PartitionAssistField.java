package io.vmxdecision.engine.hyperv;

import io.vmxdecision.engine.bytes.PageField;

/** The one field of a partition assist page. TLFS, {@code VM_PARTITION_ASSIST_PAGE}. */
public enum PartitionAssistField implements PageField {
  /** Not 0 while L1 wants to know of every flush. Linux names the page, but no field of it. */
  TLB_LOCK_COUNT;

  @Override
  public Page page() {
    return Page.PARTITION_ASSIST_PAGE;
  }

  @Override
  public String address() {
    return "partition assist page 0x" + Integer.toHexString(offset());
  }

  /** The name in the TLFS. */
  @Override
  public String linuxName() {
    return "TlbLockCount";
  }

  @Override
  public int offset() {
    return PartitionAssistPage.TLB_LOCK_COUNT_OFFSET;
  }

  @Override
  public int bytes() {
    return Integer.BYTES;
  }
}
