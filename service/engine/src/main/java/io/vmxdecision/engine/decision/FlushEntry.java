package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.machine.VirtualProcessors;

/**
 * What a 64-bit entry of a queue of pending TLB flushes means to the vCPU that plays it (rule M). KVM {@code
 * kvm_hv_vcpu_flush_tlb()}. Allocates nothing.
 */
public final class FlushEntry {
  private static final long ADDITIONAL_PAGES = 0xfff;
  private static final int UNUSED_BITS_LA57 = Long.SIZE - 57;
  private static final int UNUSED_BITS_LA48 = Long.SIZE - 48;

  private FlushEntry() {}

  /** Whether it ends the queue with a full flush of the guest's TLB; what stands behind it is dropped. */
  public static boolean isFlushAll(long entry) {
    return entry == VirtualProcessors.FLUSH_ALL;
  }

  /**
   * Whether it is passed over because its address is not canonical for INVLPG: bits 63:47 not all equal, or
   * 63:56 on a host with 5-level paging. KVM {@code is_noncanonical_invlpg_address()}; only the start of a
   * range is looked at.
   */
  public static boolean isSkipped(long entry, boolean hostLa57) {
    int unused = hostLa57 ? UNUSED_BITS_LA57 : UNUSED_BITS_LA48;
    return ((entry << unused) >> unused) != entry;
  }

  /** The first guest-virtual address of its range, page-aligned. */
  public static long gva(long entry) {
    return entry & ~ADDITIONAL_PAGES;
  }

  /** How many pages of 4 KiB its range has, 1..4,096. */
  public static int pages(long entry) {
    return (int) (entry & ADDITIONAL_PAGES) + 1;
  }
}
