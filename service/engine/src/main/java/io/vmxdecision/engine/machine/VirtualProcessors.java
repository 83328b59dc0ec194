package io.vmxdecision.engine.machine;

import io.vmxdecision.engine.hyperv.VpSet;
import io.vmxdecision.engine.profile.Profile;
import java.util.Arrays;

/**
 * The vCPUs of L1's VM as L0 knows them, by index 0..{@link #count()}-1: VP index, the nested
 * context, and two queues of pending TLB flush entries, one for L1 and one for L2 (KVM {@code struct
 * kvm_vcpu_hv}).
 *
 * <p>{@link #reset} may grow the tables; nothing else allocates. Not thread-safe.
 */
public final class VirtualProcessors {
  /** The most vCPUs of a VM: as many as a {@link VpSet} can name. */
  public static final int MAX_COUNT = VpSet.MAX_BANKS * VpSet.BANK_SIZE;

  /** The place that there is for entries in one queue; a profile's queue may be shorter. */
  public static final int FIFO_SIZE = Profile.LARGEST_FIFO;

  /** The entry "flush all": all ones. KVM {@code KVM_HV_TLB_FLUSHALL_ENTRY}. */
  public static final long FLUSH_ALL = -1L;

  /** What one vCPU takes of the tables, in bytes: VP index, VmId, VpId, two counts and two queues. */
  public static final int BYTES_PER_VCPU =
      Integer.BYTES + Long.BYTES + Integer.BYTES + 2 * Byte.BYTES + 2 * FIFO_SIZE * Long.BYTES;

  private int count = 1;
  private int[] vpIndexes = new int[1];
  private long[] vmIds = new long[1];
  private int[] vpIds = new int[1];
  private byte[] l1Counts = new byte[1];
  private byte[] l2Counts = new byte[1];
  private long[] l1Entries = new long[FIFO_SIZE];
  private long[] l2Entries = new long[FIFO_SIZE];

  /**
   * Makes this {@code count} vCPUs with VP index 0, no nested context (VmId and VpId 0) and empty
   * queues.
   *
   * @throws IllegalArgumentException when the count is not 1..{@value #MAX_COUNT}
   */
  public void reset(int count) {
    if (count < 1 || count > MAX_COUNT) {
      throw new IllegalArgumentException("a VM has 1.." + MAX_COUNT + " vCPUs, not " + count);
    }
    if (count > vpIndexes.length) {
      vpIndexes = new int[count];
      vmIds = new long[count];
      vpIds = new int[count];
      l1Counts = new byte[count];
      l2Counts = new byte[count];
      l1Entries = new long[count * FIFO_SIZE];
      l2Entries = new long[count * FIFO_SIZE];
    } else {
      Arrays.fill(vpIndexes, 0, count, 0);
      Arrays.fill(vmIds, 0, count, 0);
      Arrays.fill(vpIds, 0, count, 0);
      Arrays.fill(l1Counts, 0, count, (byte) 0);
      Arrays.fill(l2Counts, 0, count, (byte) 0);
    }
    this.count = count;
  }

  /** How many vCPUs there are, 1..4,096. */
  public int count() {
    return count;
  }

  /** The VP index by which L1 names the vCPU, 0..4,095. */
  public int vpIndex(int vcpu) {
    return vpIndexes[vcpu];
  }

  /** Sets the VP index. */
  public void vpIndex(int vcpu, int value) {
    vpIndexes[vcpu] = value;
  }

  /** VmId of the nested context that the vCPU runs, 64 bits; 0 also means "none". */
  public long vmId(int vcpu) {
    return vmIds[vcpu];
  }

  /** VpId of the nested context that the vCPU runs, 32 bits, unsigned; 0 also means "none". */
  public int vpId(int vcpu) {
    return vpIds[vcpu];
  }

  /** Sets the nested context that the vCPU runs. */
  public void nestedContext(int vcpu, long vmId, int vpId) {
    vmIds[vcpu] = vmId;
    vpIds[vcpu] = vpId;
  }

  /** How many entries are pending in the queue for {@code fifo} (L1 or L2), 0..16. */
  public int pendingCount(int vcpu, Level fifo) {
    return counts(fifo)[vcpu];
  }

  /** Entry {@code index} of that queue, the oldest first. */
  public long pending(int vcpu, Level fifo, int index) {
    return entries(fifo)[vcpu * FIFO_SIZE + index];
  }

  /**
   * Copies that queue to the start of {@code destination}, which has place for 16 entries.
   *
   * @return how many entries it has, 0..16
   */
  public int copyPending(int vcpu, Level fifo, long[] destination) {
    int used = counts(fifo)[vcpu];
    System.arraycopy(entries(fifo), vcpu * FIFO_SIZE, destination, 0, used);
    return used;
  }

  /**
   * Appends an entry to that queue.
   *
   * @throws IllegalStateException when it holds 16
   */
  public void addPending(int vcpu, Level fifo, long entry) {
    int used = counts(fifo)[vcpu];
    if (used == FIFO_SIZE) {
      throw new IllegalStateException("the queue holds " + FIFO_SIZE + " entries");
    }
    entries(fifo)[vcpu * FIFO_SIZE + used] = entry;
    counts(fifo)[vcpu] = (byte) (used + 1);
  }

  /** Empties that queue. */
  public void clearPending(int vcpu, Level fifo) {
    counts(fifo)[vcpu] = 0;
  }

  /** Whether that queue holds a "flush all". A full one always does: rule M keeps a place for it. */
  public boolean hasPendingFlushAll(int vcpu, Level fifo) {
    for (int i = 0; i < pendingCount(vcpu, fifo); i++) {
      if (pending(vcpu, fifo, i) == FLUSH_ALL) {
        return true;
      }
    }
    return false;
  }

  private byte[] counts(Level fifo) {
    return fifo == Level.L2 ? l2Counts : l1Counts;
  }

  private long[] entries(Level fifo) {
    return fifo == Level.L2 ? l2Entries : l1Entries;
  }
}
