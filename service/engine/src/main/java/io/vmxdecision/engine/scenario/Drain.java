package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.decision.FlushEntry;
import io.vmxdecision.engine.machine.Level;

/**
 * A queue that a vCPU emptied, or a full flush (rule T7).
 *
 * @param fifo which queue: that of L1 or of L2
 * @param pending the entries that went, the oldest first; the caller must not change them
 * @param dropped whether a full flush came instead of playing them
 * @param hostLa57 whether the host has 57-bit linear addresses
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares drains
public record Drain(Level fifo, long[] pending, boolean dropped, boolean hostLa57) {
  // Scenarios are those of kvm-6.12, which looks at the start of a range.
  private static final boolean BY_PAGE = false;

  /** How many entries are played before the flush ends or flushes all; some of them may be skipped. */
  public int played() {
    int count = 0;
    while (!dropped && count < pending.length && !FlushEntry.isFlushAll(pending[count])) {
      count++;
    }
    return count;
  }

  /** Whether entry {@code index}, below {@link #played()}, is passed over. */
  public boolean isSkipped(int index) {
    return FlushEntry.isSkipped(pending[index], hostLa57, BY_PAGE);
  }

  /** The first guest-virtual address of the range of entry {@code index}, page-aligned. */
  public long gva(int index) {
    return FlushEntry.gva(pending[index], hostLa57, BY_PAGE);
  }

  /** How many pages of 4 KiB the range of entry {@code index} has, 1..4,096. */
  public int pages(int index) {
    return FlushEntry.pages(pending[index], hostLa57, BY_PAGE);
  }

  /** Whether all of the level's TLB entries went. */
  public boolean isFlushAll() {
    return dropped || played() < pending.length;
  }
}
