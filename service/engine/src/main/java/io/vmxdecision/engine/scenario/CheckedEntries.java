package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryInstruction;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;

/** The checks of VM-entries (rules N), made on vmcs12 instead of the page. */
final class CheckedEntries {
  private final Snapshot snapshot;
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntry entry = new VmEntry();
  private final VmEntryDecision decision = new VmEntryDecision();

  CheckedEntries(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** Checks the entry of a vCPU whose vmcs12 is loaded; the decision holds until the next one. */
  VmEntryDecision check(ScenarioEvent.VmEntry event, VcpuState vcpu, ScenarioStep step) {
    entry.clear(
        EntryProfile.KVM_6_12, event.launch() ? EntryInstruction.VMLAUNCH : EntryInstruction.VMRESUME);
    entry.memory(snapshot.memory());
    entry.circumstance(Circumstance.HOST_LA57, snapshot.hasHostLa57());
    entry.circumstance(Circumstance.SGX, snapshot.cpuid().hasSgx());
    entry.evmcsMapped(true);
    EnlightenedVmcs vmcs12 = entry.evmcs();
    vmcs12.wrap(vcpu.vmcs12.copy(), 0);
    // Mapping has looked at the page's revision; vmcs12 in this layout has none.
    vmcs12.value(EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
    engine.decide(entry, decision);
    step.violations = decision.violations();
    step.firstViolation = decision.firstViolation();
    return decision;
  }
}
