package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VirtualProcessors;

/**
 * A view of what a flush does to one vCPU: its queue before and after, and what the vCPU flushes
 * when it next enters the guest (rule M). Looks at the decision and at the snapshot it was made
 * from, so both have to stay as they are. Allocates nothing; not thread-safe.
 */
public final class TlbMutation {
  private static final long ADDITIONAL_PAGES = 0xfff;

  private final Snapshot snapshot;
  private final Decision decision;
  private int index;

  /** A view of the mutations of {@code decision}, made from {@code snapshot}; at the first one. */
  public TlbMutation(Snapshot snapshot, Decision decision) {
    this.snapshot = snapshot;
    this.decision = decision;
  }

  /** Moves to mutation {@code index}, below {@code decision.tlbMutations().count()}. */
  public TlbMutation at(int index) {
    this.index = index;
    return this;
  }

  /** The index of the vCPU. */
  public int vcpu() {
    return mutations().vcpu(index);
  }

  /** Which of its queues: L1 or L2. */
  public Level fifo() {
    return mutations().fifo();
  }

  /** How many entries were pending before, 0..16. */
  public int pendingBeforeCount() {
    return snapshot.vcpus().pendingCount(vcpu(), fifo());
  }

  /** Entry {@code i} of those pending before. */
  public long pendingBefore(int i) {
    return snapshot.vcpus().pending(vcpu(), fifo(), i);
  }

  /** How many entries are pending after, 0..16. */
  public int pendingAfterCount() {
    return pendingBeforeCount() + mutations().queuedCount(index, request().entryCount());
  }

  /** Entry {@code i} of those pending after. */
  public long pendingAfter(int i) {
    int before = pendingBeforeCount();
    return i < before
        ? pendingBefore(i)
        : mutations().queuedEntry(index, i - before, request().entries());
  }

  /**
   * Whether entry {@code i} of those pending after ends the list with a full flush of the guest's
   * TLB; what stands behind it is dropped.
   */
  public boolean isFlushAll(int i) {
    return pendingAfter(i) == VirtualProcessors.FLUSH_ALL;
  }

  /**
   * Whether entry {@code i} is passed over because its address is not canonical for INVLPG: bits
   * 63:47 not all equal, or 63:56 on a host with 5-level paging. KVM {@code
   * is_noncanonical_invlpg_address()}; only the start of a range is looked at.
   */
  public boolean isSkipped(int i) {
    long address = pendingAfter(i);
    int unused = snapshot.hasHostLa57() ? Long.SIZE - 57 : Long.SIZE - 48;
    return ((address << unused) >> unused) != address;
  }

  /** The first guest-virtual address of the range of entry {@code i}, page-aligned. */
  public long gva(int i) {
    return pendingAfter(i) & ~ADDITIONAL_PAGES;
  }

  /** How many pages of 4 KiB the range of entry {@code i} has, 1..4,096. */
  public int pages(int i) {
    return (int) (pendingAfter(i) & ADDITIONAL_PAGES) + 1;
  }

  private TlbMutations mutations() {
    return decision.tlbMutations();
  }

  private FlushRequest request() {
    return decision.hypercall().request();
  }
}
