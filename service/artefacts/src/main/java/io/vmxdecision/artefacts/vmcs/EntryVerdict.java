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
import java.util.List;
import java.util.Map;

/** Lets the engine make the checks of a VM-entry over the fields that an artefact has. */
public final class EntryVerdict {
  private static final VmEntryEngine ENGINE = new VmEntryEngine();

  /** IA32_VMX_BASIC without bit 56, by which a CPU takes any error code with any exception. */
  private static final long USUAL_BASIC = 0xda_0400_0000_0004L;

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
              sentence(entry.evidence(check)) + " " + check.statement(),
              check.references()));
    }
    artefact.verdict(
        new Verdict(
            decision.made().size(),
            decision.undecided().size(),
            decision.violations().stream().map(EntryCheck::id).toList()));
    presume(artefact, entry, decision);
  }

  private static String sentence(String evidence) {
    return evidence.endsWith(".") ? evidence : evidence + ".";
  }

  /** Which checks fail on the CPUs that most people have, whose IA32_VMX_BASIC is not known here. */
  private static void presume(Artefact artefact, VmEntry entry, VmEntryDecision decision) {
    List<EntryCheck> open = decision.undecided().stream()
        .filter(check -> entry.unknown(check).contains(Capability.VMX_BASIC)).toList();
    if (open.isEmpty()) {
      return;
    }
    VmEntryDecision presumed = new VmEntryDecision();
    entry.capability(Capability.VMX_BASIC, USUAL_BASIC);
    ENGINE.decide(entry, presumed);
    for (EntryCheck check : open) {
      if (presumed.isViolated(check)) {
        artefact.misses(Capability.VMX_BASIC.msrName(),
            check.id() + " fails where its bit 56 is 0, as on most CPUs: " + sentence(entry.evidence(check)),
            "rdmsr 0x480 on that CPU");
      }
    }
  }
}
