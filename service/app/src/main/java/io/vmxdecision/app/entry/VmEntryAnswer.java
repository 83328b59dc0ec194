package io.vmxdecision.app.entry;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.decision.DecisionAnswer.EvmcsWritePart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.EntryStage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What becomes of a VM-entry, as it stands in JSON. What does not apply is left out. */
@Schema(name = "VmEntryDecision", description = "Whether L2 starts, and every check that does not hold.")
@JsonInclude(JsonInclude.Include.NON_NULL)
record VmEntryAnswer(
    @Schema(description = "The id of the request.") @Nullable String id,
    @Schema(
        description = "The content address of this decision: the SHA-256 of what was asked, the profile and the"
            + " version of the engine, as for decisions on VM-exits. How it is made: api-spec/decision-log.md.",
        pattern = "^sha256:[0-9a-f]{64}$", requiredMode = RequiredMode.REQUIRED) String decisionId,
    @Schema(description = "What L1 gets, as far as it can be decided. ENTERS: L2 runs, or is parked in its"
        + " activity state. VM_FAIL_INVALID: RFLAGS.CF. VM_FAIL_VALID: RFLAGS.ZF and an error number."
        + " FAILED_ENTRY: an exit with bit 31 of the reason set.", enumAsRef = true,
        requiredMode = RequiredMode.REQUIRED) EntryOutcome outcome,
    @Schema(description = "With VM_FAIL_VALID.") @Nullable InstructionErrorPart instructionError,
    @Schema(description = "The id of the first check, in the order of who checks, that does not hold: what L0"
        + " or the CPU acts on.", example = "N-C3") @Nullable String firstViolation,
    @ArraySchema(arraySchema = @Schema(description = "Every check that does not hold, in order.",
        requiredMode = RequiredMode.REQUIRED)) List<ViolationPart> violations,
    @ArraySchema(arraySchema = @Schema(
        description = "Every check that depends on something that is not given, in order. While there is one,"
            + " the outcome is that of the checks that can be decided.",
        requiredMode = RequiredMode.REQUIRED)) List<UndecidedPart> undecided,
    @Schema(description = "With FAILED_ENTRY: reason and qualification.") @Nullable ExitToL1Part exitToL1,
    @ArraySchema(arraySchema = @Schema(
        description = "With an eVMCS: the fields whose value changes, by offset.")) @Nullable List<EvmcsWritePart> evmcsWrites,
    @ArraySchema(arraySchema = @Schema(
        description = "With explain=true: every check looked at, in order.")) @Nullable List<CheckPart> explanation) {

  /** A VM-instruction error. */
  @Schema(name = "VmInstructionError", description = "SDM vol. 3, \"VM Instruction Error Numbers\".")
  record InstructionErrorPart(
      @Schema(description = "The number.", minimum = "0", maximum = "28",
          requiredMode = RequiredMode.REQUIRED) int number,
      @Schema(description = "What the SDM calls it.", example = "VM entry with invalid control field(s)",
          requiredMode = RequiredMode.REQUIRED) String name) {}

  /** A check that does not hold. */
  @Schema(name = "VmEntryViolation", description = "A check that does not hold.")
  record ViolationPart(
      @Schema(description = "The id of the check.", example = "N-S36",
          requiredMode = RequiredMode.REQUIRED) String check,
      @Schema(description = "Its family.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) EntryStage stage,
      @Schema(description = "The VMCS fields that it is about, by their Linux names.",
          requiredMode = RequiredMode.REQUIRED) List<String> fields,
      @Schema(description = "What has to hold.", requiredMode = RequiredMode.REQUIRED) String detail,
      @Schema(description = "What it saw: field, value and bit.",
          requiredMode = RequiredMode.REQUIRED) String evidence,
      @Schema(description = "Section of the SDM or the TLFS, kernel function.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {}

  /** A check that cannot be decided. */
  @Schema(name = "VmEntryUndecided", description = "A check that is neither met nor violated.")
  record UndecidedPart(
      @Schema(description = "The id of the check.", example = "N-C1",
          requiredMode = RequiredMode.REQUIRED) String check,
      @Schema(description = "Its family.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) EntryStage stage,
      @Schema(description = "What has to hold.", requiredMode = RequiredMode.REQUIRED) String detail,
      @Schema(description = "What it reads and is not given: VMCS fields, capabilities, properties of the"
          + " request.", requiredMode = RequiredMode.REQUIRED) List<String> needs) {}

  /** What came of a check. */
  @Schema(name = "VmEntryCheckResult",
      description = "HOLDS, VIOLATED, or UNDECIDED: it depends on something that is not given.",
      enumAsRef = true)
  enum Result {
    HOLDS, VIOLATED, UNDECIDED
  }

  /** A check that was looked at. */
  @Schema(name = "VmEntryCheckEvidence", description = "A check that was looked at, and what it saw.")
  record CheckPart(
      @Schema(description = "The id of the check.", example = "N-C1",
          requiredMode = RequiredMode.REQUIRED) String check,
      @Schema(description = "What came of it.", requiredMode = RequiredMode.REQUIRED) Result result,
      @Schema(description = "What has to hold.", requiredMode = RequiredMode.REQUIRED) String detail,
      @Schema(description = "What it saw.", requiredMode = RequiredMode.REQUIRED) String evidence,
      @Schema(description = "Section of the SDM or the TLFS, kernel function.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {}
}
