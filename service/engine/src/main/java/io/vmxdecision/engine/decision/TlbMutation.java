package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;

/**
 * A view of what a flush does to one vCPU: its queue before and after, and what the vCPU flushes
 * when it next enters the guest (rule M). {@link #wrap} it around a decision and the snapshot it was
 * made from, then {@link #at} takes the queue of one target; both have to stay as they are until
 * then. Reused; allocates nothing after construction; not thread-safe.
 */
public final class TlbMutation {
  private static final long ADDITIONAL_PAGES = 0xfff;
  private static final int PAGE_SHIFT = 12;
  private static final int LA57 = 57;
  private static final int LA48 = 48;
  private static final Snapshot NO_SNAPSHOT = new Snapshot();
  private static final Decision NO_DECISION = new Decision();

  private final long[] pending = new long[VirtualProcessors.FIFO_SIZE];
  private Snapshot snapshot = NO_SNAPSHOT;
  private Decision decision = NO_DECISION;
  private int vcpu;
  private int before;
  private int after;
  private boolean queue;

  /** Looks at the mutations of {@code decision}, made from {@code snapshot}; at none yet. */
  public TlbMutation wrap(Snapshot snapshot, Decision decision) {
    this.snapshot = snapshot;
    this.decision = decision;
    before = 0;
    after = 0;
    return this;
  }

  /** Moves to mutation {@code index}, below {@code decision.tlbMutations().count()}. */
  public TlbMutation at(int index) {
    TlbMutations mutations = decision.tlbMutations();
    vcpu = mutations.vcpu(index);
    queue = mutations.hasQueue(index);
    if (!queue) {
      before = 0;
      after = 1;
      pending[0] = VirtualProcessors.FLUSH_ALL;
      return this;
    }
    before = snapshot.vcpus().copyPending(vcpu, mutations.fifo(), pending);
    after = before + mutations.copyQueued(index, decision.hypercall().request(), pending, before);
    return this;
  }

  /** The index of the vCPU. */
  public int vcpu() {
    return vcpu;
  }

  /**
   * Whether the vCPU has a queue; if not (P3), nothing was pending, and what is "pending after" is one "flush
   * all" that stands for the flush that it is asked for.
   */
  public boolean hasQueue() {
    return queue;
  }

  /** Which of its queues, or which of its contexts if it has none: L1 or L2. */
  public Level fifo() {
    return decision.tlbMutations().fifo();
  }

  /** How many entries were pending before, 0..16. */
  public int pendingBeforeCount() {
    return before;
  }

  /** Entry {@code i} of those pending before. */
  public long pendingBefore(int i) {
    return pending[i];
  }

  /** How many entries are pending after, 0..16: those from before, and behind them what is queued. */
  public int pendingAfterCount() {
    return after;
  }

  /** Entry {@code i} of those pending after. */
  public long pendingAfter(int i) {
    return pending[i];
  }

  /**
   * Whether entry {@code i} of those pending after ends the list with a full flush of the guest's
   * TLB; what stands behind it is dropped.
   */
  public boolean isFlushAll(int i) {
    return pending[i] == VirtualProcessors.FLUSH_ALL;
  }

  /**
   * Whether entry {@code i} is passed over, as no address of it is canonical for INVLPG: bits 63:47 all equal,
   * or 63:56 on a host with 5-level paging. KVM {@code is_noncanonical_invlpg_address()}; looked at is the
   * start of a range, or each of its pages (P5).
   */
  public boolean isSkipped(int i) {
    return decision.tlbMutations().isCanonicalByPage()
        ? skippedPages(i) > additionalPages(i)
        : !isCanonical(start(i));
  }

  /** The first guest-virtual address of what is invalidated for entry {@code i}, page-aligned. */
  public long gva(int i) {
    return start(i) + (skippedPages(i) << PAGE_SHIFT);
  }

  /** How many pages of 4 KiB are invalidated for entry {@code i}, 1..4,096, if it is not skipped. */
  public int pages(int i) {
    long pages = additionalPages(i) + 1 - skippedPages(i);
    boolean canReachHole = decision.tlbMutations().isCanonicalByPage() && gva(i) >= 0;
    return (int) (canReachHole ? Math.min(pages, (lowerHalf() - gva(i)) >>> PAGE_SHIFT) : pages);
  }

  /** With P5, how many pages lie before the first canonical one: those up to the end of the hole. */
  private long skippedPages(int i) {
    return decision.tlbMutations().isCanonicalByPage() && !isCanonical(start(i))
        ? (-lowerHalf() - start(i)) >>> PAGE_SHIFT
        : 0;
  }

  private boolean isCanonical(long address) {
    return address >= -lowerHalf() && address < lowerHalf();
  }

  /** The size of the lower half of the canonical addresses: where the hole begins. */
  private long lowerHalf() {
    return 1L << ((snapshot.hasHostLa57() ? LA57 : LA48) - 1);
  }

  private long start(int i) {
    return pending[i] & ~ADDITIONAL_PAGES;
  }

  private long additionalPages(int i) {
    return pending[i] & ADDITIONAL_PAGES;
  }
}
