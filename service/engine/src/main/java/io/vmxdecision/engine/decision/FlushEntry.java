package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.machine.VirtualProcessors;

/**
 * What a 64-bit entry of a queue of pending TLB flushes means to the vCPU that plays it (rule M). KVM {@code
 * kvm_hv_vcpu_flush_tlb()}. A kernel that looks at each page for a canonical address ({@code byPage}, P5)
 * invalidates those pages of a range that are canonical; another one looks at the start of the range only.
 * Allocates nothing.
 */
public final class FlushEntry {
  private static final long ADDITIONAL_PAGES = 0xfff;
  private static final int PAGE_SHIFT = 12;
  private static final int LA57 = 57;
  private static final int LA48 = 48;

  private FlushEntry() {}

  /** Whether it ends the queue with a full flush of the guest's TLB; what stands behind it is dropped. */
  public static boolean isFlushAll(long entry) {
    return entry == VirtualProcessors.FLUSH_ALL;
  }

  /**
   * Whether it is passed over, as no address of it is canonical for INVLPG: bits 63:47 all equal, or 63:56 on a
   * host with 5-level paging. KVM {@code is_noncanonical_invlpg_address()}.
   */
  public static boolean isSkipped(long entry, boolean hostLa57, boolean byPage) {
    return byPage
        ? skippedPages(entry, hostLa57) > additionalPages(entry)
        : !isCanonical(start(entry), hostLa57);
  }

  /** The first guest-virtual address of what is invalidated, page-aligned. */
  public static long gva(long entry, boolean hostLa57, boolean byPage) {
    return byPage ? start(entry) + (skippedPages(entry, hostLa57) << PAGE_SHIFT) : start(entry);
  }

  /** How many pages of 4 KiB are invalidated, 1..4,096, if it is not skipped. */
  public static int pages(long entry, boolean hostLa57, boolean byPage) {
    long pages = additionalPages(entry) + 1;
    if (!byPage) {
      return (int) pages;
    }
    pages -= skippedPages(entry, hostLa57);
    long gva = gva(entry, hostLa57, true);
    boolean canReachHole = gva >= 0;
    return (int) (canReachHole ? Math.min(pages, (lowerHalf(hostLa57) - gva) >>> PAGE_SHIFT) : pages);
  }

  /** How many pages lie before the first canonical one: those up to the end of the hole. */
  private static long skippedPages(long entry, boolean hostLa57) {
    return isCanonical(start(entry), hostLa57) ? 0 : (-lowerHalf(hostLa57) - start(entry)) >>> PAGE_SHIFT;
  }

  private static boolean isCanonical(long address, boolean hostLa57) {
    return address >= -lowerHalf(hostLa57) && address < lowerHalf(hostLa57);
  }

  /** The size of the lower half of the canonical addresses: where the hole begins. */
  private static long lowerHalf(boolean hostLa57) {
    return 1L << ((hostLa57 ? LA57 : LA48) - 1);
  }

  private static long start(long entry) {
    return entry & ~ADDITIONAL_PAGES;
  }

  private static long additionalPages(long entry) {
    return entry & ADDITIONAL_PAGES;
  }
}
