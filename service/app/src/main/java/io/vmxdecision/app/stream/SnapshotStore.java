package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.sbe.ExitDecoder;
import io.vmxdecision.sbe.SnapshotDecoder;
import io.vmxdecision.sbe.SnapshotFlagsDecoder;
import java.util.ArrayList;
import java.util.List;
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

  /** How many faults of a snapshot are told; the rest is counted. */
  private static final int FAULTS_TOLD = 16;

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
  private final SnapshotBuilder builder = new SnapshotBuilder(this::note);
  private final List<String> faults = new ArrayList<>(FAULTS_TOLD);
  private final Int2ObjectHashMap<Snapshot> snapshots = new Int2ObjectHashMap<>();
  private final Int2IntHashMap sizes = new Int2IntHashMap(NONE);

  /** What the snapshots in the store take. */
  private long held;

  /** What the one that is being read takes so far. */
  private long reading;

  private long metered;
  private int moreFaults;

  /**
   * An empty store. {@code meter} is told by how much the store grows; what is replaced by less is not given back.
   */
  SnapshotStore(
      StreamLimits limits, ServiceLimits serviceLimits, BodyMeter meter) {
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

  /**
   * In the order of the schema: fixed fields, vCPUs, translations, memory, pages. What a snapshot may not hold is
   * told once all has been read; what cannot be read on from, and what has no room, at once.
   */
  private Snapshot read(SnapshotDecoder message) {
    Snapshot snapshot = new Snapshot();
    faults.clear();
    moreFaults = 0;
    builder.begin(snapshot);
    SnapshotFlagsDecoder flags = message.flags();
    builder.hostLa57(flags.hostLa57());
    Cpuid cpuid = builder.cpuid();
    cpuid.enforced(flags.cpuidEnforced());
    cpuid.sgx(flags.sgx());
    cpuid.faulting(message.actingVersion() >= ExitDecoder.profileSinceVersion() && flags.cpuidFaulting());
    cpuid.nestedEax((int) message.nestedEax());
    cpuid.enlightenmentsEax((int) message.enlightenmentsEax());
    cpuid.featuresEdx((int) message.featuresEdx());
    readVcpus(message.vcpus());
    builder.exitingVcpu(message.vcpu());
    readTranslations(message.translations());
    readMemory(message);
    readPages(message);
    if (!faults.isEmpty()) {
      throw new MalformedFrameException(faults());
    }
    return snapshot;
  }

  private void readVcpus(SnapshotDecoder.VcpusDecoder vcpus) {
    int count = vcpus.count();
    check(count <= serviceLimits.vcpus(), vcpusText());
    checkBlock("vcpus", vcpus.actingBlockLength(), SnapshotDecoder.VcpusDecoder.sbeBlockLength());
    take((long) count * VirtualProcessors.BYTES_PER_VCPU);
    builder.vcpus(count);
    for (int i = 0; i < count; i++) {
      SnapshotDecoder.VcpusDecoder vcpu = vcpus.next();
      builder.vpIndex(i, vcpu.vpIndex());
      builder.nestedContext(i, vcpu.vmId(), (int) vcpu.vpId());
      SnapshotDecoder.VcpusDecoder.PendingL1Decoder l1 = vcpu.pendingL1();
      checkBlock("vcpus.pendingL1", l1.actingBlockLength(),
          SnapshotDecoder.VcpusDecoder.PendingL1Decoder.sbeBlockLength());
      while (l1.hasNext()) {
        builder.pending(i, Level.L1, l1.next().entry());
      }
      SnapshotDecoder.VcpusDecoder.PendingL2Decoder l2 = vcpu.pendingL2();
      checkBlock("vcpus.pendingL2", l2.actingBlockLength(),
          SnapshotDecoder.VcpusDecoder.PendingL2Decoder.sbeBlockLength());
      while (l2.hasNext()) {
        builder.pending(i, Level.L2, l2.next().entry());
      }
    }
  }

  private void readTranslations(SnapshotDecoder.TranslationsDecoder pages) {
    check(
        pages.count() <= serviceLimits.translations(),
        "translations: at most " + serviceLimits.translations());
    checkBlock("translations", pages.actingBlockLength(),
        SnapshotDecoder.TranslationsDecoder.sbeBlockLength());
    take((long) pages.count() * TRANSLATION_BYTES);
    for (int i = 0; pages.hasNext(); i++) {
      SnapshotDecoder.TranslationsDecoder page = pages.next();
      builder.translation(i, page.l2Gpa(), page.l1Gpa());
    }
  }

  private void readMemory(SnapshotDecoder message) {
    SnapshotDecoder.MemoryDecoder regions = message.memory();
    check(
        regions.count() <= serviceLimits.memoryRegions(),
        "memory: at most " + serviceLimits.memoryRegions() + " regions");
    checkBlock("memory", regions.actingBlockLength(), SnapshotDecoder.MemoryDecoder.sbeBlockLength());
    take((long) regions.count() * REGION_BYTES);
    for (int i = 0; regions.hasNext(); i++) {
      SnapshotDecoder.MemoryDecoder region = regions.next();
      long gpa = region.gpa();
      // Its length is checked before memory is taken for it.
      int length = region.contentsLength();
      check(length >= 0 && length <= message.buffer().capacity(), "memory: longer than the frame");
      take(length);
      byte[] contents = new byte[length];
      region.getContents(contents, 0, contents.length);
      builder.memory(i, gpa, contents);
    }
  }

  private void readPages(SnapshotDecoder message) {
    byte[] evmcs = new byte[takePage(message.evmcsLength())];
    message.getEvmcs(evmcs, 0, evmcs.length);
    byte[] vpAssistPage = new byte[takePage(message.vpAssistPageLength())];
    message.getVpAssistPage(vpAssistPage, 0, vpAssistPage.length);
    byte[] partitionAssistPage = new byte[takePage(message.partitionAssistPageLength())];
    message.getPartitionAssistPage(partitionAssistPage, 0, partitionAssistPage.length);
    if (evmcs.length != 0) {
      builder.evmcs(evmcs);
    }
    if (vpAssistPage.length != 0) {
      builder.vpAssistPage(vpAssistPage);
    }
    if (partitionAssistPage.length != 0) {
      builder.partitionAssistPage(partitionAssistPage);
    }
  }

  /** Before it is allocated. */
  private int takePage(int length) {
    check(length == 0 || length == PageView.PAGE_BYTES, "a page has 4096 bytes, or none is given");
    take(length + ARRAY_BYTES);
    return length;
  }

  /** A shorter block would have fields read out of what follows it. */
  private static void checkBlock(String group, int bytes, int expected) {
    check(bytes == expected, group + ": the block has another length than the schema's");
  }

  private void note(SnapshotFault fault) {
    if (faults.size() < FAULTS_TOLD) {
      faults.add(text(fault));
    } else {
      moreFaults++;
    }
  }

  private String faults() {
    String told = String.join("; ", faults);
    return moreFaults == 0 ? told : told + "; and " + moreFaults + " more";
  }

  /** With the index in its group. */
  private String text(SnapshotFault fault) {
    int i = fault.index();
    return switch (fault.place()) {
      case VCPU -> "vcpu: there is no such vCPU";
      case VCPUS -> vcpusText();
      case VP_INDEX -> "vcpus[" + i + "].vpIndex: at most 4095";
      case PENDING_L1 -> "vcpus[" + i + "].pendingL1: " + detail(fault);
      case PENDING_L2 -> "vcpus[" + i + "].pendingL2: " + detail(fault);
      case MEMORY -> "memory[" + i + "]: " + detail(fault);
      case TRANSLATION_FROM -> "translations[" + i + "].l2Gpa: " + detail(fault);
      case TRANSLATION_TO -> "translations[" + i + "].l1Gpa: " + detail(fault);
      case EVMCS, VP_ASSIST_PAGE, PARTITION_ASSIST_PAGE -> fault.detail();
    };
  }

  private static String detail(SnapshotFault fault) {
    return switch (fault.kind()) {
      case FULL_WITHOUT_FLUSH_ALL -> "a full queue without a \"flush all\"";
      case OVERLAP -> "regions overlap";
      case NOT_PAGE_ALIGNED -> "not page-aligned";
      case TRANSLATED_TWICE -> "a page is listed twice";
      case OUT_OF_RANGE, NO_SUCH_VCPU, PAST_THE_END -> fault.detail();
    };
  }

  private String vcpusText() {
    return "vcpus: 1 to " + serviceLimits.vcpus();
  }

  private static void check(boolean holds, String fault) {
    if (!holds) {
      throw new MalformedFrameException(fault);
    }
  }
}
