package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VirtualProcessors;
import java.util.Arrays;

/**
 * Which vCPUs a flush reaches, and what each queues: the whole list, one "flush all", or nothing
 * (the queue is full and holds a "flush all" already). The queues themselves stay as the snapshot
 * has them until {@link Decision#applyTo}; {@link TlbMutation} shows one of them before and after.
 *
 * <p>Reused; adding a target may grow the table to the number of vCPUs, once; not thread-safe.
 */
public final class TlbMutations {
  private static final byte LIST = 0;
  private static final byte FLUSH_ALL = 1;
  private static final byte NOTHING = 2;
  private static final byte UNQUEUED = 3;

  private int[] vcpus = new int[16];
  private byte[] queued = new byte[16];
  private int count;
  private Level fifo = Level.L2;
  private boolean canonicalByPage;

  /** No targets; those to come queue for {@code fifo} (L1 or L2). */
  public void reset(Level fifo) {
    this.count = 0;
    this.fifo = fifo;
    canonicalByPage = false;
  }

  /** Makes place for as many targets as there are vCPUs, so that adding them allocates nothing. */
  public void reserve(int targets) {
    if (vcpus.length < targets) {
      vcpus = new int[targets];
      queued = new byte[targets];
    }
  }

  /** Adds a target that queues the whole list. */
  public void addList(int vcpu) {
    add(vcpu, LIST);
  }

  /** Adds a target that queues one "flush all". */
  public void addFlushAll(int vcpu) {
    add(vcpu, FLUSH_ALL);
  }

  /** Adds a target whose queue is full. */
  public void addNothing(int vcpu) {
    add(vcpu, NOTHING);
  }

  /** Adds a target that has no queue: it flushes all. */
  public void addUnqueued(int vcpu) {
    add(vcpu, UNQUEUED);
  }

  /** Says that a target looks at each page of a range, not at its first address alone (P5). */
  public void canonicalByPage(boolean value) {
    canonicalByPage = value;
  }

  /** Whether a target looks at each page of a range. */
  boolean isCanonicalByPage() {
    return canonicalByPage;
  }

  /** Whether target {@code index} has a queue. */
  boolean hasQueue(int index) {
    return queued[index] != UNQUEUED;
  }

  /** How many vCPUs the flush reaches, 0..4,096. */
  public int count() {
    return count;
  }

  /** Which of the two queues of the targets is concerned: L1 or L2. */
  public Level fifo() {
    return fifo;
  }

  /** The index of target {@code index}; ascending. */
  public int vcpu(int index) {
    return vcpus[index];
  }

  /**
   * Copies what target {@code index} queues of {@code request} to {@code destination}, from {@code
   * offset} on.
   *
   * @return how many entries, 0..15
   */
  int copyQueued(int index, FlushRequest request, long[] destination, int offset) {
    if (queued[index] == LIST) {
      System.arraycopy(request.entries(), 0, destination, offset, request.entryCount());
      return request.entryCount();
    }
    if (queued[index] == FLUSH_ALL) {
      destination[offset] = VirtualProcessors.FLUSH_ALL;
      return 1;
    }
    return 0;
  }

  /** How many entries target {@code index} queues of {@code request}, 0..15. */
  int queuedCount(int index, FlushRequest request) {
    return switch (queued[index]) {
      case LIST -> request.entryCount();
      case FLUSH_ALL -> 1;
      default -> 0;
    };
  }

  /** Appends to the queues of {@code vcpus} what every target queues of {@code request}. */
  void applyTo(VirtualProcessors vcpus, FlushRequest request) {
    for (int target = 0; target < count; target++) {
      if (queued[target] == LIST) {
        for (int i = 0; i < request.entryCount(); i++) {
          vcpus.addPending(this.vcpus[target], fifo, request.entries()[i]);
        }
      } else if (queued[target] == FLUSH_ALL) {
        vcpus.addPending(this.vcpus[target], fifo, VirtualProcessors.FLUSH_ALL);
      }
    }
  }

  private void add(int vcpu, byte what) {
    if (count == vcpus.length) {
      vcpus = Arrays.copyOf(vcpus, count * 2);
      queued = Arrays.copyOf(queued, count * 2);
    }
    vcpus[count] = vcpu;
    queued[count] = what;
    count++;
  }
}
