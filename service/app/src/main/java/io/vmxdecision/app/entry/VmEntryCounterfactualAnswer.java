package io.vmxdecision.app.entry;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.decision.ChangePart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.entry.VmEntryAnswer.InstructionErrorPart;
import io.vmxdecision.engine.entry.EntryOutcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The smallest changes with which L1 gets something else of a VM-entry, as they stand in JSON. */
@Schema(name = "VmEntryCounterfactuals",
    description = "What becomes of a VM-entry in short, and the smallest sets of changes with which L1 gets something else.")
@JsonInclude(JsonInclude.Include.NON_NULL)
record VmEntryCounterfactualAnswer(
    @Schema(description = "The id of the request.") @Nullable String id,
    @Schema(description = "The outcome as it is.", requiredMode = RequiredMode.REQUIRED) OutcomePart now,
    @ArraySchema(arraySchema = @Schema(
        description = "The sets: those of one change first, then of two, then of three.",
        requiredMode = RequiredMode.REQUIRED)) List<SetPart> counterfactuals,
    @Schema(description = "How many single changes were looked at.", minimum = "0",
        requiredMode = RequiredMode.REQUIRED) int candidates,
    @Schema(description = "How many sets of them were tried.", minimum = "0",
        requiredMode = RequiredMode.REQUIRED) int tried,
    @Schema(
        description = "Whether a limit ended the search, so that there may be more sets: max, or one of the"
            + " service's own.",
        requiredMode = RequiredMode.REQUIRED) boolean truncated) {

  /** A set. */
  @Schema(name = "VmEntryCounterfactual",
      description = "Changes with which together L1 gets something else, which no part of them does.")
  record SetPart(
      @ArraySchema(arraySchema = @Schema(description = "The changes, one for each value of the request.",
          requiredMode = RequiredMode.REQUIRED), minItems = 1, maxItems = 3) List<ChangePart> changes,
      @Schema(description = "The outcome with the changes made.",
          requiredMode = RequiredMode.REQUIRED) OutcomePart becomes) {}

  /** An outcome. */
  @Schema(name = "VmEntryOutcome", description = "What becomes of a VM-entry, in short.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record OutcomePart(
      @Schema(description = "What L1 gets.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) EntryOutcome outcome,
      @Schema(description = "The id of the first check that does not hold.",
          example = "N-C3") @Nullable String firstViolation,
      @Schema(description = "With VM_FAIL_VALID.") @Nullable InstructionErrorPart instructionError,
      @Schema(description = "With FAILED_ENTRY: reason and qualification.") @Nullable ExitToL1Part exitToL1,
      @Schema(description = "How many checks depend on something that is not given.", minimum = "0",
          requiredMode = RequiredMode.REQUIRED) int undecided) {}
}
