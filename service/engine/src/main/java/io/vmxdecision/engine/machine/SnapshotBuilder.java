package io.vmxdecision.engine.machine;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.SnapshotFault.Kind;
import io.vmxdecision.engine.machine.SnapshotFault.Place;
import java.util.function.Consumer;

/**
 * Fills a snapshot, and holds what has to be true of one. Every input is read through it: a request
 * in JSON, a message of a binary stream, a recorded case.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>Every fault goes to the sink, not only the first. What is at fault is left out of the snapshot,
 *       so that the rest can be looked at too. A snapshot with a fault must not be decided on.
 *   <li>Nothing is allocated but what the tables of the snapshot need, unless there is a fault.
 *   <li>Bytes of pages and memory are used, not copied.
 *   <li>Not thread-safe. A builder can be used again, for one snapshot after the other.
 * </ol>
 *
 * <p>{@link #begin} comes first, {@link #vcpus} before what is said of single vCPUs.
 */
public final class SnapshotBuilder {
  private static final long OFFSET_IN_PAGE = PageView.PAGE_BYTES - 1;
  private static final int MAX_VP_INDEX = VirtualProcessors.MAX_COUNT - 1;
  private static final int NONE = -1;

  private final Consumer<SnapshotFault> faults;
  private Snapshot snapshot = new Snapshot();

  /** The queue that was told to be too long last: of each it is told once. */
  private int tooLong = NONE;

  /** A builder that tells {@code faults} what is wrong. */
  public SnapshotBuilder(Consumer<SnapshotFault> faults) {
    this.faults = faults;
  }

  /** Clears {@code snapshot} and fills it from now on. */
  public void begin(Snapshot snapshot) {
    this.snapshot = snapshot;
    snapshot.clear();
    tooLong = NONE;
  }

  /** Sets whether the host has 57-bit linear addresses. */
  public void hostLa57(boolean value) {
    snapshot.hostLa57(value);
  }

  /** L1's CPUID, to be filled. It can hold any words. */
  public Cpuid cpuid() {
    return snapshot.cpuid();
  }

  /**
   * Sets how many vCPUs there are, 1..4,096. All of them have VP index 0, no nested context and empty
   * queues until they are told otherwise.
   *
   * @return false when the count is outside its range; then there is one vCPU, of index 0
   */
  public boolean vcpus(int count) {
    if (count < 1 || count > VirtualProcessors.MAX_COUNT) {
      fault(Place.VCPUS, 0, Kind.OUT_OF_RANGE, "1 to " + VirtualProcessors.MAX_COUNT);
      return false;
    }
    snapshot.vcpus().reset(count);
    return true;
  }

  /** Sets the VP index of vCPU {@code vcpu}, 0..4,095. */
  public void vpIndex(int vcpu, int value) {
    if (value < 0 || value > MAX_VP_INDEX) {
      fault(Place.VP_INDEX, vcpu, Kind.OUT_OF_RANGE, "0 to " + MAX_VP_INDEX);
    } else {
      snapshot.vcpus().vpIndex(vcpu, value);
    }
  }

  /** Sets the nested context that vCPU {@code vcpu} runs: VmId, 64 bits, and VpId, 32 bits. */
  public void nestedContext(int vcpu, long vmId, int vpId) {
    snapshot.vcpus().nestedContext(vcpu, vmId, vpId);
  }

  /** Appends {@code entry} to the queue of vCPU {@code vcpu} for {@code fifo} (L1 or L2). */
  public void pending(int vcpu, Level fifo, long entry) {
    VirtualProcessors vcpus = snapshot.vcpus();
    Place place = fifo == Level.L2 ? Place.PENDING_L2 : Place.PENDING_L1;
    int used = vcpus.pendingCount(vcpu, fifo);
    if (used == VirtualProcessors.FIFO_SIZE) {
      int queue = 2 * vcpu + (fifo == Level.L2 ? 1 : 0);
      if (queue != tooLong) {
        tooLong = queue;
        fault(place, vcpu, Kind.OUT_OF_RANGE,
            "a queue holds at most " + VirtualProcessors.FIFO_SIZE + " entries");
      }
      return;
    }
    vcpus.addPending(vcpu, fifo, entry);
    if (used + 1 == VirtualProcessors.FIFO_SIZE && !vcpus.hasPendingFlushAll(vcpu, fifo)) {
      fault(place, vcpu, Kind.FULL_WITHOUT_FLUSH_ALL,
          "a full queue without a \"flush all\" (0xffffffffffffffff): KVM keeps a place for one");
    }
  }

  /** Sets the index of the exiting vCPU. */
  public void exitingVcpu(int index) {
    int count = snapshot.vcpus().count();
    if (index < 0 || index >= VirtualProcessors.MAX_COUNT) {
      fault(Place.VCPU, 0, Kind.OUT_OF_RANGE, "0 to " + (VirtualProcessors.MAX_COUNT - 1));
    } else if (index >= count) {
      fault(Place.VCPU, 0, Kind.NO_SUCH_VCPU, "there is no such vCPU: vcpus has " + count);
    } else {
      snapshot.vcpu(index);
    }
  }

  /** Adds {@code bytes}, at least one, as the memory at {@code gpa}: region {@code index} of the input. */
  public void memory(int index, long gpa, byte[] bytes) {
    if (bytes.length == 0) {
      fault(Place.MEMORY, index, Kind.OUT_OF_RANGE, "an empty region");
    } else if (Long.compareUnsigned(gpa + bytes.length - 1, gpa) < 0) {
      fault(Place.MEMORY, index, Kind.PAST_THE_END,
          "the region runs past the end of the address space");
    } else if (!snapshot.memory().add(gpa, bytes, 0, bytes.length)) {
      fault(Place.MEMORY, index, Kind.OVERLAP, "the region overlaps an earlier one");
    }
  }

  /** Adds what L1's EPT makes of an L2 page: translation {@code index} of the input. */
  public void translation(int index, long l2Gpa, long l1Gpa) {
    boolean fromAligned = isPage(Place.TRANSLATION_FROM, index, l2Gpa);
    boolean toAligned = isPage(Place.TRANSLATION_TO, index, l1Gpa);
    if (fromAligned && toAligned && !snapshot.translations().add(l2Gpa, l1Gpa)) {
      fault(Place.TRANSLATION_FROM, index, Kind.TRANSLATED_TWICE,
          "the page has a translation already");
    }
  }

  /** Gives the enlightened VMCS, a page of 4,096 bytes. */
  public void evmcs(byte[] page) {
    wrap(snapshot.evmcs(), Place.EVMCS, page);
  }

  /** Gives the VP assist page of the exiting vCPU, of 4,096 bytes. */
  public void vpAssistPage(byte[] page) {
    wrap(snapshot.vpAssistPage(), Place.VP_ASSIST_PAGE, page);
  }

  /** Gives the partition assist page, of 4,096 bytes. */
  public void partitionAssistPage(byte[] page) {
    wrap(snapshot.partitionAssistPage(), Place.PARTITION_ASSIST_PAGE, page);
  }

  private void wrap(PageView view, Place place, byte[] page) {
    if (page.length == PageView.PAGE_BYTES) {
      view.wrap(page, 0);
    } else {
      fault(place, 0, Kind.OUT_OF_RANGE, "a page has 4096 bytes, this one " + page.length);
    }
  }

  private boolean isPage(Place place, int index, long gpa) {
    if ((gpa & OFFSET_IN_PAGE) != 0) {
      fault(place, index, Kind.NOT_PAGE_ALIGNED, "not page-aligned: the low 12 bits are not 0");
      return false;
    }
    return true;
  }

  private void fault(Place place, int index, Kind kind, String detail) {
    faults.accept(new SnapshotFault(place, index, kind, detail));
  }
}
