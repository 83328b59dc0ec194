package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionRequest.MemoryPart;
import io.vmxdecision.app.decision.DecisionRequest.PartitionAssistPart;
import io.vmxdecision.app.decision.DecisionRequest.SnapshotPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.DecisionRequest.VcpuPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.wire.GivenPages;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Profile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a request to a snapshot and an exit. What a snapshot may hold, {@link SnapshotBuilder} knows. Notes two
 * kinds of faults: values outside the contract's ranges (the contract then tells them all), and contradictions,
 * which no schema can express.
 */
public final class SnapshotMapper {
  private final ServiceLimits limits;
  private final ExitMapper exits = new ExitMapper();
  private final SnapshotBuilder builder = new SnapshotBuilder(this::note);
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final List<Violation> contradictions = new ArrayList<>();
  private boolean outsideContract;

  /** A mapper for one request of a service with these limits. */
  public SnapshotMapper(ServiceLimits limits) {
    this.limits = limits;
  }

  /** Whether a value was outside its range; what {@link #map} returned then is of no use. */
  public boolean isOutsideContract() {
    return outsideContract || exits.isOutsideContract();
  }

  /** What contradicts itself. */
  public List<Violation> contradictions() {
    return contradictions;
  }

  /** Maps a request; with a fault of either kind the result is of no use. */
  public Question map(DecisionRequest request) {
    String id = request.id();
    require(id == null || id.codePointCount(0, id.length()) <= DecisionRequest.MAX_ID_LENGTH);
    BehaviourProfile profile =
        request.profile() == null ? Profile.DEFAULT : BehaviourProfile.of(request.profile());
    require(profile != null);
    SnapshotPart from = request.snapshot();
    builder.begin(snapshot);
    mapPages(from);
    ExitMapper.cpuid(from.cpuid(), builder.cpuid());
    mapVcpus(from);
    mapMemory(from.memory());
    mapTranslations(from.translations());
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
      snapshot.partitionAssistPage().tlbLockCount(exits.u32(fields.tlbLockCount()));
    }
  }

  private void mapVcpus(SnapshotPart from) {
    List<VcpuPart> vcpus = from.vcpus();
    int count = vcpus == null ? 1 : vcpus.size();
    if (!require(count <= limits.vcpus()) || !builder.vcpus(count)) {
      return;
    }
    for (int i = 0; vcpus != null && i < count; i++) {
      mapVcpu(i, vcpus.get(i));
    }
    builder.exitingVcpu(orElse(from.vcpu(), 0));
  }

  private void mapVcpu(int i, @Nullable VcpuPart from) {
    if (!require(from != null) || from == null) {
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
      if (require(entry != null)) {
        builder.pending(i, fifo, entry.value());
      }
    }
  }

  private void mapMemory(@Nullable List<MemoryPart> from) {
    if (from == null || !require(from.size() <= limits.memoryRegions())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      MemoryPart region = from.get(i);
      if (require(region != null)) {
        builder.memory(i, region.gpa().value(), region.bytes().bytes());
      }
    }
  }

  private void mapTranslations(@Nullable List<TranslationPart> from) {
    if (from == null || !require(from.size() <= limits.translations())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      TranslationPart page = from.get(i);
      if (require(page != null)) {
        builder.translation(i, page.l2Gpa().value(), page.l1Gpa().value());
      }
    }
  }

  private boolean require(boolean withinContract) {
    outsideContract |= !withinContract;
    return withinContract;
  }

  private void note(SnapshotFault fault) {
    if (fault.kind() == SnapshotFault.Kind.OUT_OF_RANGE) {
      outsideContract = true;
    } else {
      contradictions.add(new Violation("/snapshot/" + property(fault), fault.detail()));
    }
  }

  private static String property(SnapshotFault fault) {
    int i = fault.index();
    return switch (fault.place()) {
      case VCPU -> "vcpu";
      case VCPUS -> "vcpus";
      case VP_INDEX -> "vcpus/" + i + "/vpIndex";
      case PENDING_L1 -> "vcpus/" + i + "/pendingFlush/l1";
      case PENDING_L2 -> "vcpus/" + i + "/pendingFlush/l2";
      case MEMORY -> "memory/" + i;
      case TRANSLATION_FROM -> "translations/" + i + "/l2Gpa";
      case TRANSLATION_TO -> "translations/" + i + "/l1Gpa";
      case EVMCS -> "evmcs";
      case VP_ASSIST_PAGE -> "vpAssistPage";
      case PARTITION_ASSIST_PAGE -> "partitionAssistPage";
    };
  }

  private static <T> T orElse(@Nullable T value, T other) {
    return value == null ? other : value;
  }
}
