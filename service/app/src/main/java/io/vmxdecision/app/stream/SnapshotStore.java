package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.BodyMeter;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VirtualProcessors;
import io.vmxdecision.engine.view.PageView;
import io.vmxdecision.sbe.SnapshotDecoder;
import io.vmxdecision.sbe.SnapshotFlagsDecoder;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one binary stream by id. What a message holds is copied out of its frame. What a snapshot takes of
 * the heap is taken from the service's account before it is allocated: a vCPU of 8 bytes in a message has tables of {@value
 * VirtualProcessors#BYTES_PER_VCPU} bytes.
 */
final class SnapshotStore {
  private static final int NONE = 0;

  /** What a snapshot's objects and empty tables take, in bytes of heap, rounded up. */
  private static final int SNAPSHOT_BYTES = 2048;

  /** An array's header, and what rounds its size up. */
  private static final int ARRAY_BYTES = 24;

  /** Two addresses, in tables that may have grown to twice what they hold. */
  private static final int TRANSLATION_BYTES = 4 * Long.BYTES;

  /** An address, a reference, an offset and a length, in tables as those. */
  private static final int REGION_BYTES = 2 * (2 * Long.BYTES + 2 * Integer.BYTES) + ARRAY_BYTES;

  private final StreamLimits limits;
  private final ServiceLimits serviceLimits;
  private final BodyMeter meter;
  private final Registers registers;
  private final Int2ObjectHashMap<Snapshot> snapshots = new Int2ObjectHashMap<>();
  private final Int2IntHashMap sizes = new Int2IntHashMap(NONE);

  /** What the snapshots in the store take. */
  private long held;

  /** What the one that is being read takes so far. */
  private long reading;

  private long metered;

  /**
   * An empty store. All snapshots have {@code registers}: those of the exit that is being decided. {@code
   * meter} is told by how much the store grows; what is replaced by less is not given back.
   */
  SnapshotStore(
      Registers registers, StreamLimits limits, ServiceLimits serviceLimits, BodyMeter meter) {
    this.registers = registers;
    this.meter = meter;
    this.limits = limits;
    this.serviceLimits = serviceLimits;
  }

  /** The snapshot of that id, or null. */
  @Nullable
  Snapshot get(int id) {
    return snapshots.get(id);
  }

  /**
   * Stores the snapshot of a message; one of the same id is replaced once the new one has been read.
   *
   * @throws MalformedFrameException when it is not one, or there are too many
   * @throws RejectedRequestException when the service has no room for it
   * @throws IndexOutOfBoundsException when the message is shorter than it says
   */
  void store(SnapshotDecoder message) {
    int id = (int) message.snapshotId();
    check(snapshots.containsKey(id) || snapshots.size() < limits.snapshots(),
        "more snapshots than the " + limits.snapshots()
            + " that a stream may hold; use an id again to replace one");
    reading = 0;
    take(SNAPSHOT_BYTES);
    snapshots.put(id, read(message));
    held += reading - sizes.put(id, (int) reading);
    reading = 0;
  }

  /** Takes bytes of heap for the snapshot that is being read. */
  private void take(long bytes) {
    reading += bytes;
    long all = held + reading;
    if (all > limits.snapshotBytes().toBytes()) {
      throw new MalformedFrameException(
          "the snapshots take more memory than the " + limits.snapshotBytes().toBytes()
              + " bytes that a stream may hold; use an id again to replace one");
    }
    if (all > metered) {
      meter.read(all - metered);
      metered = all;
    }
  }

  /** In the order of the schema: fixed fields, vCPUs, translations, memory, pages. */
  private Snapshot read(SnapshotDecoder message) {
    Snapshot snapshot = new Snapshot(registers);
    snapshot.clear();
    SnapshotFlagsDecoder flags = message.flags();
    snapshot.hostLa57(flags.hostLa57());
    snapshot.cpuid().enforced(flags.cpuidEnforced());
    snapshot.cpuid().sgx(flags.sgx());
    snapshot.cpuid().nestedEax((int) message.nestedEax());
    snapshot.cpuid().enlightenmentsEax((int) message.enlightenmentsEax());
    snapshot.cpuid().featuresEdx((int) message.featuresEdx());
    readVcpus(message.vcpus(), snapshot);
    check(message.vcpu() < snapshot.vcpus().count(), "vcpu: there is no such vCPU");
    snapshot.vcpu(message.vcpu());
    readTranslations(message.translations(), snapshot);
    readMemory(message, snapshot);
    readPages(message, snapshot);
    return snapshot;
  }

  private void readVcpus(SnapshotDecoder.VcpusDecoder vcpus, Snapshot snapshot) {
    int count = vcpus.count();
    check(count >= 1 && count <= serviceLimits.vcpus(), "vcpus: 1 to " + serviceLimits.vcpus());
    checkBlock("vcpus", vcpus.actingBlockLength(), SnapshotDecoder.VcpusDecoder.sbeBlockLength());
    take((long) count * VirtualProcessors.BYTES_PER_VCPU);
    snapshot.vcpus().reset(count);
    for (int i = 0; i < count; i++) {
      SnapshotDecoder.VcpusDecoder vcpu = vcpus.next();
      check(vcpu.vpIndex() < VirtualProcessors.MAX_COUNT, "vcpus.vpIndex: at most 4095");
      snapshot.vcpus().vpIndex(i, vcpu.vpIndex());
      snapshot.vcpus().nestedContext(i, vcpu.vmId(), (int) vcpu.vpId());
      SnapshotDecoder.VcpusDecoder.PendingL1Decoder l1 = vcpu.pendingL1();
      checkFits(l1.count());
      checkBlock("vcpus.pendingL1", l1.actingBlockLength(),
          SnapshotDecoder.VcpusDecoder.PendingL1Decoder.sbeBlockLength());
      while (l1.hasNext()) {
        snapshot.vcpus().addPending(i, Level.L1, l1.next().entry());
      }
      SnapshotDecoder.VcpusDecoder.PendingL2Decoder l2 = vcpu.pendingL2();
      checkFits(l2.count());
      checkBlock("vcpus.pendingL2", l2.actingBlockLength(),
          SnapshotDecoder.VcpusDecoder.PendingL2Decoder.sbeBlockLength());
      while (l2.hasNext()) {
        snapshot.vcpus().addPending(i, Level.L2, l2.next().entry());
      }
      checkFlushAll(snapshot, i, Level.L1);
      checkFlushAll(snapshot, i, Level.L2);
    }
  }

  private static void checkFits(int entries) {
    check(entries <= VirtualProcessors.FIFO_SIZE, "vcpus: a queue holds at most 16 entries");
  }

  private static void checkFlushAll(Snapshot snapshot, int vcpu, Level fifo) {
    check(
        snapshot.vcpus().pendingCount(vcpu, fifo) < VirtualProcessors.FIFO_SIZE
            || snapshot.vcpus().hasPendingFlushAll(vcpu, fifo),
        "vcpus: a full queue without a \"flush all\"");
  }

  private void readTranslations(SnapshotDecoder.TranslationsDecoder pages, Snapshot snapshot) {
    check(
        pages.count() <= serviceLimits.translations(),
        "translations: at most " + serviceLimits.translations());
    checkBlock("translations", pages.actingBlockLength(),
        SnapshotDecoder.TranslationsDecoder.sbeBlockLength());
    take((long) pages.count() * TRANSLATION_BYTES);
    while (pages.hasNext()) {
      SnapshotDecoder.TranslationsDecoder page = pages.next();
      long l2Gpa = page.l2Gpa();
      long l1Gpa = page.l1Gpa();
      check(((l2Gpa | l1Gpa) & (PageView.PAGE_BYTES - 1)) == 0, "translations: not page-aligned");
      check(snapshot.translations().add(l2Gpa, l1Gpa), "translations: a page is listed twice");
    }
  }

  private void readMemory(SnapshotDecoder message, Snapshot snapshot) {
    SnapshotDecoder.MemoryDecoder regions = message.memory();
    check(
        regions.count() <= serviceLimits.memoryRegions(),
        "memory: at most " + serviceLimits.memoryRegions() + " regions");
    checkBlock("memory", regions.actingBlockLength(), SnapshotDecoder.MemoryDecoder.sbeBlockLength());
    take((long) regions.count() * REGION_BYTES);
    while (regions.hasNext()) {
      SnapshotDecoder.MemoryDecoder region = regions.next();
      long gpa = region.gpa();
      // Its length is checked before memory is taken for it.
      int length = region.contentsLength();
      check(length >= 0 && length <= message.buffer().capacity(), "memory: longer than the frame");
      take(length);
      byte[] contents = new byte[length];
      region.getContents(contents, 0, contents.length);
      check(
          contents.length > 0 && Long.compareUnsigned(gpa + contents.length - 1, gpa) >= 0,
          "memory: an empty region, or one past the end of the address space");
      check(
          snapshot.memory().add(gpa, contents, 0, contents.length), "memory: regions overlap");
    }
  }

  private void readPages(SnapshotDecoder message, Snapshot snapshot) {
    byte[] evmcs = new byte[takePage(message.evmcsLength())];
    message.getEvmcs(evmcs, 0, evmcs.length);
    byte[] vpAssistPage = new byte[takePage(message.vpAssistPageLength())];
    message.getVpAssistPage(vpAssistPage, 0, vpAssistPage.length);
    byte[] partitionAssistPage = new byte[takePage(message.partitionAssistPageLength())];
    message.getPartitionAssistPage(partitionAssistPage, 0, partitionAssistPage.length);
    wrap(snapshot.evmcs(), evmcs);
    wrap(snapshot.vpAssistPage(), vpAssistPage);
    wrap(snapshot.partitionAssistPage(), partitionAssistPage);
  }

  private int takePage(int length) {
    check(length == 0 || length == PageView.PAGE_BYTES, "a page has 4096 bytes, or none is given");
    take(length + ARRAY_BYTES);
    return length;
  }

  /** A shorter block would have fields read out of what follows it. */
  private static void checkBlock(String group, int bytes, int expected) {
    check(bytes == expected, group + ": the block has another length than the schema's");
  }

  private static void wrap(PageView view, byte[] page) {
    if (page.length != 0) {
      view.wrap(page, 0);
    }
  }

  private static void check(boolean holds, String fault) {
    if (!holds) {
      throw new MalformedFrameException(fault);
    }
  }
}
