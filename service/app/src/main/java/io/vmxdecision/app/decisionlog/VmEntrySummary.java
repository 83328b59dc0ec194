package io.vmxdecision.app.decisionlog;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntryDecision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decision on a VM-entry in short; what does not apply is left out.
 *
 * @param outcome what becomes of it
 * @param instructionError the VM-instruction error, if there is one
 * @param firstViolation the check that L0 or the CPU acts on
 * @param violations the checks that do not hold, in order
 * @param undecided the checks that depend on something that is not given, in order
 * @param exitToL1 the reason of a failed entry
 * @param exitQualification its qualification
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmEntrySummary(
    EntryOutcome outcome,
    @Nullable Integer instructionError,
    @Nullable String firstViolation,
    List<String> violations,
    List<String> undecided,
    @Nullable Word32 exitToL1,
    @Nullable Word64 exitQualification) {

  /** What came of an entry. */
  public static VmEntrySummary of(VmEntryDecision decision) {
    EntryCheck first = decision.firstViolation();
    boolean failedEntry = decision.outcome() == EntryOutcome.FAILED_ENTRY;
    return new VmEntrySummary(
        decision.outcome(),
        decision.outcome() == EntryOutcome.VM_FAIL_VALID ? decision.instructionError() : null,
        first == null ? null : first.id(),
        decision.violations().stream().map(EntryCheck::id).toList(),
        decision.undecided().stream().map(EntryCheck::id).toList(),
        failedEntry ? new Word32(decision.exitReason()) : null,
        failedEntry ? new Word64(decision.exitQualification()) : null);
  }
}
