package io.vmxdecision.artefacts.vmcs;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.Verdict;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryInstruction;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.Map;

/** Lets the engine make the checks of a VM-entry over the fields that an artefact has. */
public final class EntryVerdict {
  private static final VmEntryEngine ENGINE = new VmEntryEngine();

  private EntryVerdict() {}

  /** Makes the checks under that profile; what they find are faults of the artefact. */
  public static void judge(Artefact artefact, EntryProfile profile) {
    judge(artefact, profile, Map.of());
  }

  /** The same for a CPU with these capabilities. */
  public static void judge(Artefact artefact, EntryProfile profile, Map<Capability, Long> capabilities) {
    VmEntry entry = new VmEntry();
    // The launch state is in no dump: VMLAUNCH of a clear VMCS violates none of the checks of it.
    entry.clear(profile, EntryInstruction.VMLAUNCH);
    for (Map.Entry<VmcsField, Long> field : artefact.fields().entrySet()) {
      entry.field(field.getKey(), field.getValue());
    }
    capabilities.forEach(entry::capability);
    VmEntryDecision decision = new VmEntryDecision();
    ENGINE.decide(entry, decision);
    for (EntryCheck check : decision.violations()) {
      artefact.fault(
          new Fault(
              check.id(),
              Severity.ERROR,
              check.fields().stream().map(VmcsField::linuxName).toList(),
              entry.evidence(check) + " " + check.statement(),
              check.references()));
    }
    artefact.verdict(
        new Verdict(
            decision.made().size(),
            decision.undecided().size(),
            decision.violations().stream().map(EntryCheck::id).toList()));
  }
}
