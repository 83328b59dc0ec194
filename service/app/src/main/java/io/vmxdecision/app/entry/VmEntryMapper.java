package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionRequest;
import io.vmxdecision.app.decision.SnapshotMapper;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.entry.VmEntryRequest.CapabilitiesPart;
import io.vmxdecision.app.entry.VmEntryRequest.CpuidPart;
import io.vmxdecision.app.entry.VmEntryRequest.EntryPart;
import io.vmxdecision.app.entry.VmEntryRequest.HostPart;
import io.vmxdecision.app.entry.VmEntryRequest.SnapshotPart;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From a request to a VM-entry. {@link SnapshotMapper} reads what its snapshot has in common with a decision's.
 */
final class VmEntryMapper {
  private static final String PROFILE = "/profile";
  private static final String EVMCS = "/snapshot/evmcs";
  private static final String EVMCS_FIELDS = "/snapshot/evmcsFields";
  private static final String VMCS_FIELDS = "/snapshot/vmcsFields";

  /** The specification of Hyper-V, which says nothing of VM-entries. */
  private static final String TLFS = "tlfs";

  private final SnapshotMapper snapshots;
  private final VmEntry entry = new VmEntry();
  private final RequestFaults faults;

  /** A mapper that notes what is wrong in {@code faults}. */
  VmEntryMapper(ServiceLimits limits, RequestFaults faults) {
    this.snapshots = new SnapshotMapper(limits, faults);
    this.faults = faults;
  }

  VmEntryQuestion map(VmEntryRequest request) {
    EntryProfile profile = profile(request.profile());
    entry.clear(profile, request.entry().instruction());
    Snapshot snapshot = mapSnapshot(request.id(), request.snapshot());
    entry.memory(snapshot.memory());
    mapVmcs(profile, request.snapshot(), snapshot);
    mapHost(request.snapshot().host());
    mapCpuid(request.snapshot().cpuid());
    mapEntry(profile, request.entry(), request.snapshot().vmcsFields() != null);
    if (request.capabilities() != null) {
      mapCapabilities(request.capabilities());
    }
    return new VmEntryQuestion(request.id(), snapshot, entry);
  }

  private EntryProfile profile(@Nullable String id) {
    if (TLFS.equals(id)) {
      faults.contradict(PROFILE, "the TLFS does not say what a VM-entry checks: the kernels and sdm do");
      return EntryProfile.KVM_6_12;
    }
    for (EntryProfile profile : EntryProfile.values()) {
      if (profile.id().equals(id)) {
        return profile;
      }
    }
    faults.require(id == null);
    return EntryProfile.KVM_6_12;
  }

  private Snapshot mapSnapshot(@Nullable String id, SnapshotPart from) {
    HostPart host = from.host();
    CpuidPart cpuid = from.cpuid();
    Question question =
        snapshots.map(
            new DecisionRequest(
                id,
                null,
                new DecisionRequest.SnapshotPart(
                    from.vcpu(),
                    host == null ? null : new DecisionRequest.HostPart(host.la57()),
                    cpuid == null
                        ? null
                        : new DecisionRequest.CpuidPart(
                            cpuid.nestedEax(),
                            cpuid.enlightenmentsEax(),
                            cpuid.featuresEdx(),
                            cpuid.enforced(),
                            cpuid.sgx(), null),
                    from.vcpus(),
                    from.evmcs(),
                    from.evmcsFields(),
                    from.vpAssistPage(),
                    from.vpAssist(),
                    from.partitionAssistPage(),
                    from.partitionAssist(),
                    from.registers(),
                    from.memory(),
                    from.translations()),
                new DecisionRequest.ExitPart(
                    null, new Word32(0), null, null, null, null, null, null, null, null)));
    return question.snapshot();
  }

  private void mapVmcs(EntryProfile profile, SnapshotPart from, Snapshot snapshot) {
    boolean bare = profile == EntryProfile.SDM;
    if (from.vmcsFields() != null) {
      faults.contradictIf(
          !profile.modelsOrdinaryVmcs(),
          PROFILE,
          "of " + profile.id() + " only what it refuses in an enlightened VMCS is modelled: an ordinary one"
              + " (vmcsFields) goes with kvm-6.12 or sdm");
      from.vmcsFields().applyTo(entry);
      if (from.vmcsFields().hasFieldTwice()) {
        faults.contradict(VMCS_FIELDS, "a field is given by its name and by its encoding");
      }
    }
    if (bare || from.vmcsFields() != null) {
      String detail =
          bare
              ? "a bare CPU (profile sdm) has no enlightened VMCS: its fields go to vmcsFields"
              : "an enlightened VMCS beside an ordinary one (vmcsFields): a VM-entry has one of them";
      faults.contradictIf(from.evmcs() != null, EVMCS, detail);
      faults.contradictIf(from.evmcsFields() != null, EVMCS_FIELDS, detail);
      faults.contradictIf(from.vmcsFields() == null, "/snapshot", "there is no VMCS: vmcsFields is left out");
      return;
    }
    Decision activity = new Decision();
    EnlightenedVmcsRules.evaluate(snapshot, activity);
    String failing =
        EnlightenedVmcsRules.E.stream()
            // Whether L0 knows the revision is a check of the entry: N-P1.
            .filter(rule -> !rule.equals(EnlightenedVmcsRules.E5))
            .filter(rule -> activity.looked(rule) && !activity.met(rule))
            .map(rule -> rule.id() + " (" + rule.statement() + ")")
            .collect(Collectors.joining(", "));
    if (failing.isEmpty()) {
      entry.evmcs().wrap(snapshot.evmcs().copy(), 0);
    } else {
      faults.contradict(
          "/snapshot",
          "no enlightened VMCS is in use, and no ordinary one is given (vmcsFields). Fails: " + failing);
    }
  }

  private void mapHost(@Nullable HostPart from) {
    if (from != null) {
      given(Circumstance.HOST_LA57, from.la57());
      given(Circumstance.NARROW_ACCESS_RIGHTS, from.narrowAccessRights());
      given(Circumstance.STI_BLOCKS_NMI, from.stiBlocksNmi());
      given(Circumstance.BLOCKS_MICROCODE_MSRS, from.blocksMicrocodeMsrs());
    }
  }

  private void mapCpuid(@Nullable CpuidPart from) {
    if (from != null) {
      given(Circumstance.SGX, from.sgx());
      given(Circumstance.RTM, from.rtm());
      given(Circumstance.BUS_LOCK_DETECTION, from.busLockDetection());
    }
  }

  private void mapEntry(EntryProfile profile, EntryPart from, boolean ordinary) {
    given(Circumstance.MOV_SS_BLOCKING, from.movSsBlocking());
    given(Circumstance.LAUNCHED, from.launched());
    given(Circumstance.X2APIC, from.x2apic());
    given(Circumstance.LONG_MODE, from.longMode());
    given(Circumstance.LA57, from.la57());
    given(Circumstance.SMM, from.smm());
    given(Circumstance.TRACING, from.tracing());
    if (from.evmcsMapped() != null) {
      entry.evmcsMapped(from.evmcsMapped());
    }
    if (from.vmcsPointer() != null) {
      entry.vmcsPointer(from.vmcsPointer().value());
    }
    faults.contradictIf(
        from.evmcsMapped() != null && (ordinary || profile == EntryProfile.SDM),
        "/entry/evmcsMapped", "goes with an enlightened VMCS only");
    if (profile != EntryProfile.SDM) {
      faults.contradictIf(from.launched() != null && !ordinary, "/entry/launched",
          "goes with vmcsFields only");
      faults.contradictIf(from.x2apic() != null && !ordinary, "/entry/x2apic", "goes with vmcsFields only");
      String bareOnly = "goes with the profile sdm only";
      faults.contradictIf(from.smm() != null, "/entry/smm", bareOnly);
      faults.contradictIf(from.tracing() != null, "/entry/tracing", bareOnly);
      faults.contradictIf(from.vmcsPointer() != null, "/entry/vmcsPointer", bareOnly);
    }
  }

  private void mapCapabilities(CapabilitiesPart from) {
    given(Capability.VMX_TRUE_PINBASED_CTLS, from.vmxTruePinbasedCtls());
    given(Capability.VMX_TRUE_PROCBASED_CTLS, from.vmxTrueProcbasedCtls());
    given(Capability.VMX_PROCBASED_CTLS2, from.vmxProcbasedCtls2());
    given(Capability.VMX_TRUE_EXIT_CTLS, from.vmxTrueExitCtls());
    given(Capability.VMX_TRUE_ENTRY_CTLS, from.vmxTrueEntryCtls());
    given(Capability.VMX_MISC, from.vmxMisc());
    given(Capability.VMX_CR0_FIXED0, from.vmxCr0Fixed0());
    given(Capability.VMX_CR0_FIXED1, from.vmxCr0Fixed1());
    given(Capability.VMX_CR4_FIXED0, from.vmxCr4Fixed0());
    given(Capability.VMX_CR4_FIXED1, from.vmxCr4Fixed1());
    given(Capability.VMX_EPT_VPID_CAP, from.vmxEptVpidCap());
    given(Capability.VMX_VMFUNC, from.vmxVmfunc());
    given(Capability.EFER, from.efer());
    given(Capability.DEBUGCTL, from.debugctl());
    given(Capability.PERF_GLOBAL_CTRL, from.perfGlobalCtrl());
    given(Capability.VMX_BASIC, from.vmxBasic());
    given(Capability.VMX_PROCBASED_CTLS3, from.vmxProcbasedCtls3());
    given(Capability.VMX_EXIT_CTLS2, from.vmxExitCtls2());
    Integer width = from.maxPhyAddr();
    if (width != null && (width < VmEntry.MIN_PHY_ADDR || width > VmEntry.MAX_PHY_ADDR)) {
      faults.require(false);
    } else if (width != null) {
      entry.capability(Capability.MAX_PHY_ADDR, width);
    }
    if (from.lam() != null) {
      entry.capability(Capability.LAM, from.lam() ? 1 : 0);
    }
  }

  private void given(Capability capability, @Nullable Word64 word) {
    if (word != null) {
      entry.capability(capability, word.value());
    }
  }

  private void given(Circumstance circumstance, @Nullable Boolean holds) {
    if (holds != null) {
      entry.circumstance(circumstance, holds);
    }
  }
}
