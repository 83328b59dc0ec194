package io.vmxdecision.app.entry;

import io.vmxdecision.app.decision.DecisionAnswer.EvmcsWritePart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.entry.VmEntryAnswer.CheckPart;
import io.vmxdecision.app.entry.VmEntryAnswer.InstructionErrorPart;
import io.vmxdecision.app.entry.VmEntryAnswer.Result;
import io.vmxdecision.app.entry.VmEntryAnswer.UndecidedPart;
import io.vmxdecision.app.entry.VmEntryAnswer.ViolationPart;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts decisions on VM-entries into words. */
final class VmEntryRenderer {
  private VmEntryRenderer() {}

  /** The answer to {@code question}, whose entry the decision was made on last. */
  static VmEntryAnswer render(
      VmEntryQuestion question, VmEntryDecision decision, String decisionId, boolean explain) {
    VmEntry entry = question.entry();
    EntryCheck first = decision.firstViolation();
    return new VmEntryAnswer(
        question.id(),
        decisionId,
        decision.outcome(),
        decision.outcome() == EntryOutcome.VM_FAIL_VALID ? error(decision.instructionError()) : null,
        first == null ? null : first.id(),
        decision.violations().stream().map(check -> violation(entry, check)).toList(),
        decision.undecided().stream().map(check -> undecided(entry, check)).toList(),
        decision.outcome() == EntryOutcome.FAILED_ENTRY ? exit(decision) : null,
        entry.evmcs().isGiven() ? writes(decision.evmcsWrites()) : null,
        explain ? decision.made().stream().map(check -> check(entry, decision, check)).toList() : null);
  }

  static InstructionErrorPart error(int number) {
    String name =
        switch (number) {
          case 4 -> "VMLAUNCH with non-clear VMCS";
          case 5 -> "VMRESUME with non-launched VMCS";
          case 7 -> "VM entry with invalid control field(s)";
          case 8 -> "VM entry with invalid host-state field(s)";
          case 26 -> "VM entry with events blocked by MOV SS";
          default -> throw new IllegalStateException("VM-instruction error " + number);
        };
    return new InstructionErrorPart(number, name);
  }

  private static ViolationPart violation(VmEntry entry, EntryCheck check) {
    return new ViolationPart(
        check.id(),
        check.stage(),
        check.fields().stream().map(VmcsField::linuxName).toList(),
        check.statement(),
        entry.evidence(check),
        check.references());
  }

  private static UndecidedPart undecided(VmEntry entry, EntryCheck check) {
    return new UndecidedPart(
        check.id(),
        check.stage(),
        check.statement(),
        entry.unknown(check).stream().map(EntryFact::label).toList());
  }

  private static CheckPart check(VmEntry entry, VmEntryDecision decision, EntryCheck check) {
    Result result =
        decision.isViolated(check)
            ? Result.VIOLATED
            : decision.isUndecided(check) ? Result.UNDECIDED : Result.HOLDS;
    return new CheckPart(
        check.id(),
        result,
        check.statement(),
        result == Result.VIOLATED ? entry.evidence(check) : entry.seen(check),
        check.references());
  }

  static ExitToL1Part exit(VmEntryDecision decision) {
    return new ExitToL1Part(
        new Word32(decision.exitReason()),
        new Word64(decision.exitQualification()),
        null,
        null,
        null,
        null);
  }

  private static @Nullable List<EvmcsWritePart> writes(EvmcsWrites writes) {
    List<EvmcsWritePart> parts = new ArrayList<>(writes.count());
    for (int i = 0; i < writes.count(); i++) {
      parts.add(
          new EvmcsWritePart(
              writes.field(i).linuxName(), new Word64(writes.before(i)), new Word64(writes.after(i))));
    }
    return parts;
  }
}
