package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionRequest.CpuidPart;
import io.vmxdecision.app.decision.DecisionRequest.ExitPart;
import io.vmxdecision.app.decision.DecisionRequest.MemoryPart;
import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.decision.DecisionRequest.SnapshotPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.DecisionRequest.VcpuPart;
import io.vmxdecision.app.decision.DecisionRequest.XmmPart;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.wire.GivenPages;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VirtualProcessors;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.PageView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a request to a snapshot and an exit. Notes two kinds of faults: values outside the contract's
 * ranges (the contract then tells them all), and contradictions, which no schema can express.
 */
final class SnapshotMapper {
  private static final int MAX_VP_INDEX = VirtualProcessors.MAX_COUNT - 1;
  private static final int MAX_CPL = 3;
  private static final long MAX_U32 = 0xffff_ffffL;
  private static final long OFFSET_IN_PAGE = PageView.PAGE_BYTES - 1;

  private final ServiceLimits limits;
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final List<Violation> contradictions = new ArrayList<>();
  private boolean outsideContract;

  SnapshotMapper(ServiceLimits limits) {
    this.limits = limits;
  }

  /** Whether a value was outside its range; what {@link #map} returned then is of no use. */
  boolean isOutsideContract() {
    return outsideContract;
  }

  /** What contradicts itself. */
  List<Violation> contradictions() {
    return contradictions;
  }

  DecisionInput map(DecisionRequest request) {
    String id = request.id();
    require(id == null || id.codePointCount(0, id.length()) <= DecisionRequest.MAX_ID_LENGTH);
    Profile profile = request.profile() == null ? Profile.KVM_6_12 : Profile.of(request.profile());
    require(profile != null);
    SnapshotPart from = request.snapshot();
    mapPages(from);
    mapCpuid(from.cpuid());
    mapVcpus(from);
    mapRegisters(from.registers());
    mapMemory(from.memory());
    mapTranslations(from.translations());
    if (from.host() != null) {
      snapshot.hostLa57(orElse(from.host().la57(), false));
    }
    mapExit(request.exit());
    return new DecisionInput(id, profile == null ? Profile.KVM_6_12 : profile, snapshot, exit);
  }

  private void mapPages(SnapshotPart from) {
    GivenPages.wrap(snapshot.evmcs(), from.evmcs(), from.evmcsFields());
    GivenPages.wrap(snapshot.vpAssistPage(), from.vpAssistPage(), from.vpAssist());
    GivenPages.wrapEither(
        snapshot.partitionAssistPage(), from.partitionAssistPage(), from.partitionAssist());
    if (from.partitionAssist() != null && from.partitionAssist().tlbLockCount() != null) {
      snapshot.partitionAssistPage().tlbLockCount(u32(from.partitionAssist().tlbLockCount()));
    }
  }

  private void mapCpuid(@Nullable CpuidPart from) {
    if (from != null) {
      snapshot.cpuid().nestedEax(value(from.nestedEax()));
      snapshot.cpuid().enlightenmentsEax(value(from.enlightenmentsEax()));
      snapshot.cpuid().featuresEdx(value(from.featuresEdx()));
      snapshot.cpuid().enforced(orElse(from.enforced(), false));
      snapshot.cpuid().sgx(orElse(from.sgx(), false));
    }
  }

  private void mapVcpus(SnapshotPart from) {
    List<VcpuPart> vcpus = from.vcpus();
    int count = vcpus == null ? 1 : vcpus.size();
    if (!require(count >= 1 && count <= limits.vcpus())) {
      return;
    }
    snapshot.vcpus().reset(count);
    for (int i = 0; vcpus != null && i < count; i++) {
      mapVcpu(i, vcpus.get(i));
    }
    int vcpu = orElse(from.vcpu(), 0);
    if (require(vcpu >= 0 && vcpu <= MAX_VP_INDEX) && vcpu >= count) {
      contradict("/snapshot/vcpu", "there is no such vCPU: vcpus has " + count);
    }
    snapshot.vcpu(vcpu);
  }

  private void mapVcpu(int i, @Nullable VcpuPart from) {
    if (!require(from != null) || from == null) {
      return;
    }
    require(from.vpIndex() >= 0 && from.vpIndex() <= MAX_VP_INDEX);
    snapshot.vcpus().vpIndex(i, from.vpIndex());
    if (from.l2() != null) {
      snapshot.vcpus().nestedContext(i, from.l2().vmId().value(), from.l2().vpId().value());
    }
    if (from.pendingFlush() != null) {
      mapPending(i, Level.L1, from.pendingFlush().l1(), "l1");
      mapPending(i, Level.L2, from.pendingFlush().l2(), "l2");
    }
  }

  private void mapPending(int i, Level fifo, @Nullable List<Word64> entries, String name) {
    if (entries == null || !require(entries.size() <= VirtualProcessors.FIFO_SIZE)) {
      return;
    }
    for (Word64 entry : entries) {
      if (require(entry != null)) {
        snapshot.vcpus().addPending(i, fifo, entry.value());
      }
    }
    if (entries.size() == VirtualProcessors.FIFO_SIZE
        && !snapshot.vcpus().hasPendingFlushAll(i, fifo)) {
      contradict(
          "/snapshot/vcpus/" + i + "/pendingFlush/" + name,
          "a full queue without a \"flush all\" (0xffffffffffffffff): KVM keeps a place for one");
    }
  }

  private void mapRegisters(@Nullable RegistersPart from) {
    Registers registers = snapshot.registers();
    if (snapshot.evmcs().isGiven()) {
      registers.general(Registers.RSP, snapshot.evmcs().value(EvmcsField.GUEST_RSP));
      registers.rip(snapshot.evmcs().value(EvmcsField.GUEST_RIP));
      registers.rflags(snapshot.evmcs().value(EvmcsField.GUEST_RFLAGS));
    }
    if (from == null) {
      return;
    }
    List<@Nullable Word64> general = from.general();
    for (int i = 0; i < Registers.GENERAL; i++) {
      Word64 word = general.get(i);
      if (word != null) {
        registers.general(i, word.value());
      }
    }
    if (from.rip() != null) {
      registers.rip(from.rip().value());
    }
    if (from.rflags() != null) {
      registers.rflags(from.rflags().value());
    }
    mapXmm(from.xmm());
    int cpl = orElse(from.cpl(), 0);
    require(cpl >= 0 && cpl <= MAX_CPL);
    registers.cpl(cpl);
    registers.protectedMode(orElse(from.protectedMode(), true));
    registers.longMode(orElse(from.longMode(), true));
  }

  private void mapXmm(@Nullable List<XmmPart> from) {
    if (from == null || !require(from.size() <= Registers.XMM)) {
      return;
    }
    int half = 0;
    for (XmmPart xmm : from) {
      if (require(xmm != null)) {
        snapshot.registers().xmmHalf(half++, value(xmm.lo()));
        snapshot.registers().xmmHalf(half++, value(xmm.hi()));
      }
    }
  }

  private void mapMemory(@Nullable List<MemoryPart> from) {
    if (from == null || !require(from.size() <= limits.memoryRegions())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      MemoryPart region = from.get(i);
      if (!require(region != null)) {
        continue;
      }
      String pointer = "/snapshot/memory/" + i;
      long gpa = region.gpa().value();
      byte[] bytes = region.bytes().bytes();
      if (Long.compareUnsigned(gpa + bytes.length - 1, gpa) < 0) {
        contradict(pointer, "the region runs past the end of the address space");
      } else if (!snapshot.memory().add(gpa, bytes, 0, bytes.length)) {
        contradict(pointer, "the region overlaps an earlier one");
      }
    }
  }

  private void mapTranslations(@Nullable List<TranslationPart> from) {
    if (from == null || !require(from.size() <= limits.translations())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      TranslationPart page = from.get(i);
      if (!require(page != null)) {
        continue;
      }
      String pointer = "/snapshot/translations/" + i;
      long l2Gpa = page.l2Gpa().value();
      long l1Gpa = page.l1Gpa().value();
      boolean l2Aligned = isPage(pointer + "/l2Gpa", l2Gpa);
      boolean l1Aligned = isPage(pointer + "/l1Gpa", l1Gpa);
      if (l2Aligned && l1Aligned && !snapshot.translations().add(l2Gpa, l1Gpa)) {
        contradict(pointer + "/l2Gpa", "the page has a translation already");
      }
    }
  }

  private boolean isPage(String pointer, long gpa) {
    if ((gpa & OFFSET_IN_PAGE) != 0) {
      contradict(pointer, "not page-aligned: the low 12 bits are not 0");
      return false;
    }
    return true;
  }

  private void mapExit(ExitPart from) {
    exit.from(from.from() == null ? Level.L2 : from.from().level());
    exit.reason(from.reason().value());
    exit.qualification(value(from.qualification()));
    exit.interruptionInfo(value(from.interruptionInfo()));
    exit.interruptionErrorCode(value(from.interruptionErrorCode()));
    exit.instructionLength(from.instructionLength() == null ? 0 : u32(from.instructionLength()));
    exit.idtVectoringInfo(value(from.idtVectoringInfo()));
    exit.idtVectoringErrorCode(value(from.idtVectoringErrorCode()));
    if (snapshot.evmcs().isGiven()) {
      exit.instructionInfo((int) snapshot.evmcs().value(EvmcsField.VMX_INSTRUCTION_INFO));
      exit.guestLinearAddress(snapshot.evmcs().value(EvmcsField.GUEST_LINEAR_ADDRESS));
    }
    if (from.instructionInfo() != null) {
      exit.instructionInfo(from.instructionInfo().value());
    }
    if (from.guestLinearAddress() != null) {
      exit.guestLinearAddress(from.guestLinearAddress().value());
    }
  }

  private int u32(long value) {
    require(value >= 0 && value <= MAX_U32);
    return (int) value;
  }

  private boolean require(boolean withinContract) {
    outsideContract |= !withinContract;
    return withinContract;
  }

  private void contradict(String pointer, String detail) {
    contradictions.add(new Violation(pointer, detail));
  }

  private static int value(@Nullable Word32 word) {
    return word == null ? 0 : word.value();
  }

  private static long value(@Nullable Word64 word) {
    return word == null ? 0 : word.value();
  }

  private static <T> T orElse(@Nullable T value, T other) {
    return value == null ? other : value;
  }
}
