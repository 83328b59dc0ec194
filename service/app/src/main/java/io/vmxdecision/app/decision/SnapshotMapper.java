package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionRequest.MemoryPart;
import io.vmxdecision.app.decision.DecisionRequest.PartitionAssistPart;
import io.vmxdecision.app.decision.DecisionRequest.SnapshotPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.DecisionRequest.VcpuPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.wire.GivenPages;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a request to a snapshot and an exit. What a snapshot may hold, {@link SnapshotBuilder} knows.
 */
public final class SnapshotMapper {
  private final ServiceLimits limits;
  private final RequestFaults faults;
  private final ExitMapper exits;
  private final SnapshotBuilder builder;
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();

  /** A mapper for one request of a service with these limits, which notes what is wrong in {@code faults}. */
  public SnapshotMapper(ServiceLimits limits, RequestFaults faults) {
    this.limits = limits;
    this.faults = faults;
    this.exits = new ExitMapper(faults);
    this.builder = new SnapshotBuilder(faults.at("/snapshot"));
  }

  /** Maps a request; with a fault the result is of no use. */
  public Question map(DecisionRequest request) {
    String id = request.id();
    faults.require(id == null || id.codePointCount(0, id.length()) <= DecisionRequest.MAX_ID_LENGTH);
    BehaviourProfile profile =
        request.profile() == null ? Profile.DEFAULT : BehaviourProfile.of(request.profile());
    faults.require(profile != null);
    SnapshotPart from = request.snapshot();
    builder.begin(snapshot);
    mapPages(from);
    ExitMapper.cpuid(from.cpuid(), builder.cpuid());
    mapVcpus(from);
    mapMemory(from.memory());
    translations(from.translations(), limits, faults, builder::translation);
    if (from.host() != null) {
      builder.hostLa57(orElse(from.host().la57(), false));
    }
    exit.clearTo(snapshot.evmcs());
    exits.registers(from.registers(), exit.registers());
    exits.exit(request.exit(), exit);
    return new Question(id, profile == null ? Profile.DEFAULT : profile, snapshot, exit);
  }

  private void mapPages(SnapshotPart from) {
    byte[] evmcs = GivenPages.evmcs(from.evmcs(), from.evmcsFields());
    if (evmcs != null) {
      builder.evmcs(evmcs);
    }
    byte[] vpAssistPage = GivenPages.vpAssistPage(from.vpAssistPage(), from.vpAssist());
    if (vpAssistPage != null) {
      builder.vpAssistPage(vpAssistPage);
    }
    PartitionAssistPart fields = from.partitionAssist();
    byte[] partitionAssistPage = GivenPages.page(from.partitionAssistPage(), fields);
    if (partitionAssistPage != null) {
      builder.partitionAssistPage(partitionAssistPage);
    }
    if (fields != null && fields.tlbLockCount() != null) {
      snapshot.partitionAssistPage().tlbLockCount(faults.u32(fields.tlbLockCount()));
    }
  }

  private void mapVcpus(SnapshotPart from) {
    List<VcpuPart> vcpus = from.vcpus();
    int count = vcpus == null ? 1 : vcpus.size();
    if (!faults.require(count <= limits.vcpus()) || !builder.vcpus(count)) {
      return;
    }
    for (int i = 0; vcpus != null && i < count; i++) {
      mapVcpu(i, vcpus.get(i));
    }
    builder.exitingVcpu(orElse(from.vcpu(), 0));
  }

  private void mapVcpu(int i, @Nullable VcpuPart from) {
    if (!faults.require(from != null) || from == null) {
      return;
    }
    builder.vpIndex(i, from.vpIndex());
    if (from.l2() != null) {
      builder.nestedContext(i, from.l2().vmId().value(), from.l2().vpId().value());
    }
    if (from.pendingFlush() != null) {
      mapPending(i, Level.L1, from.pendingFlush().l1());
      mapPending(i, Level.L2, from.pendingFlush().l2());
    }
  }

  private void mapPending(int i, Level fifo, @Nullable List<Word64> entries) {
    if (entries == null) {
      return;
    }
    for (Word64 entry : entries) {
      if (faults.require(entry != null)) {
        builder.pending(i, fifo, entry.value());
      }
    }
  }

  private void mapMemory(@Nullable List<MemoryPart> from) {
    if (from == null || !faults.require(from.size() <= limits.memoryRegions())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      MemoryPart region = from.get(i);
      if (faults.require(region != null)) {
        builder.memory(i, region.gpa().value(), region.bytes().bytes());
      }
    }
  }

  /** Hands the translations of a request on, with their indexes. */
  public static void translations(
      @Nullable List<TranslationPart> from, ServiceLimits limits, RequestFaults faults, Translations into) {
    if (from == null || !faults.require(from.size() <= limits.translations())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      TranslationPart page = from.get(i);
      if (faults.require(page != null)) {
        into.translation(i, page.l2Gpa().value(), page.l1Gpa().value());
      }
    }
  }

  /** Where translations go. */
  public interface Translations {
    /** The {@code index}-th of the request: a page of L2 and where it is for L1. */
    void translation(int index, long l2Gpa, long l1Gpa);
  }

  private static <T> T orElse(@Nullable T value, T other) {
    return value == null ? other : value;
  }
}
