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
  private static final Snapshot NO_SNAPSHOT = new Snapshot();
  private static final Decision NO_DECISION = new Decision();

  private final long[] pending = new long[VirtualProcessors.FIFO_SIZE];
  private Snapshot snapshot = NO_SNAPSHOT;
  private Decision decision = NO_DECISION;
  private boolean applied;
  private int vcpu;
  private int before;
  private int after;
  private boolean queue;

  /** Looks at the mutations of {@code decision}, made from {@code snapshot}; at none yet. */
  public TlbMutation wrap(Snapshot snapshot, Decision decision) {
    return wrap(snapshot, decision, false);
  }

  /**
   * The same after {@link Decision#applyTo}, as long as none of the queues has been emptied or added to
   * since.
   */
  public TlbMutation wrapApplied(Snapshot snapshot, Decision decision) {
    return wrap(snapshot, decision, true);
  }

  private TlbMutation wrap(Snapshot snapshot, Decision decision, boolean applied) {
    this.snapshot = snapshot;
    this.decision = decision;
    this.applied = applied;
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
    int now = snapshot.vcpus().copyPending(vcpu, mutations.fifo(), pending);
    if (applied) {
      after = now;
      before = now - mutations.queuedCount(index, decision.hypercall().request());
    } else {
      before = now;
      after = now + mutations.copyQueued(index, decision.hypercall().request(), pending, now);
    }
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
    return FlushEntry.isFlushAll(pending[i]);
  }

  /**
   * Whether entry {@code i} is passed over, as no address of it is canonical for INVLPG: bits 63:47 all equal,
   * or 63:56 on a host with 5-level paging. KVM {@code is_noncanonical_invlpg_address()}; looked at is the
   * start of a range, or each of its pages (P5).
   */
  public boolean isSkipped(int i) {
    return FlushEntry.isSkipped(pending[i], snapshot.hasHostLa57(), isCanonicalByPage());
  }

  /** The first guest-virtual address of what is invalidated for entry {@code i}, page-aligned. */
  public long gva(int i) {
    return FlushEntry.gva(pending[i], snapshot.hasHostLa57(), isCanonicalByPage());
  }

  /** How many pages of 4 KiB are invalidated for entry {@code i}, 1..4,096, if it is not skipped. */
  public int pages(int i) {
    return FlushEntry.pages(pending[i], snapshot.hasHostLa57(), isCanonicalByPage());
  }

  private boolean isCanonicalByPage() {
    return decision.tlbMutations().isCanonicalByPage();
  }
}
