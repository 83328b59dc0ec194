package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.engine.counterfactual.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The smallest changes that flip a decision, as they stand in JSON. What does not apply is left out. */
@Schema(name = "Counterfactuals",
    description = "A decision in short, and the smallest sets of changes that flip it.")
@JsonInclude(JsonInclude.Include.NON_NULL)
record CounterfactualAnswer(
    @Schema(description = "The id of the request.") @Nullable String id,
    @Schema(description = "The behaviour profile: which L0 decided.", example = "kvm-6.12",
        requiredMode = RequiredMode.REQUIRED) String profile,
    @Schema(description = "The decision as it is.", requiredMode = RequiredMode.REQUIRED) VerdictsPart now,
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
  @Schema(name = "Counterfactual",
      description = "Changes that together flip a verdict, which no part of them does.")
  record SetPart(
      @ArraySchema(arraySchema = @Schema(description = "The changes, one for each value of the request.",
          requiredMode = RequiredMode.REQUIRED), minItems = 1, maxItems = 3) List<ChangePart> changes,
      @ArraySchema(arraySchema = @Schema(description = "The verdicts that become others.",
          requiredMode = RequiredMode.REQUIRED)) List<FlippedVerdict> flips,
      @Schema(description = "The decision with the changes made.",
          requiredMode = RequiredMode.REQUIRED) VerdictsPart becomes) {}

  /** A decision in short. */
  @Schema(name = "DecisionVerdicts", description = "A decision in short: its verdicts.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record VerdictsPart(
      @Schema(description = "Who handles the exit.",
          requiredMode = RequiredMode.REQUIRED) HandlerLevel handledBy,
      @Schema(
          description = "For exits from L2: whether the L2 TLB flush is eligible.") @Nullable Boolean eligible,
      @Schema(
          description = "When L0 handles a flush hypercall: how it ends.") @Nullable HypercallEnding outcome,
      @Schema(description = "When L0 handles a flush hypercall: whether L1 gets the synthetic"
          + " exit.") @Nullable Boolean syntheticExit,
      @Schema(description = "When L1 gets an exit.") @Nullable ExitToL1Part exitToL1) {}

  /** How a hypercall ends. */
  @Schema(name = "HypercallEnding",
      description = "How a flush hypercall ends: by the TLFS's name of its status, or with #UD.",
      enumAsRef = true)
  enum HypercallEnding {
    HV_STATUS_SUCCESS, HV_STATUS_INVALID_HYPERCALL_INPUT, HV_STATUS_ACCESS_DENIED, @JsonProperty("#UD")
    INVALID_OPCODE
  }

  /** A verdict by the name of its property. */
  @Schema(name = "FlippedVerdict", description = "A verdict by the name that it has in DecisionVerdicts.",
      enumAsRef = true)
  enum FlippedVerdict {
    @JsonProperty("handledBy")
    HANDLED_BY("handledBy", Verdict.HANDLED_BY), @JsonProperty("eligible")
    ELIGIBLE("eligible", Verdict.ELIGIBLE), @JsonProperty("syntheticExit")
    SYNTHETIC_EXIT("syntheticExit", Verdict.SYNTHETIC_EXIT), @JsonProperty("outcome")
    OUTCOME("outcome", Verdict.OUTCOME);

    private final String property;
    private final Verdict verdict;

    FlippedVerdict(String property, Verdict verdict) {
      this.property = property;
      this.verdict = verdict;
    }

    String property() {
      return property;
    }

    Verdict verdict() {
      return verdict;
    }

    static FlippedVerdict of(Verdict verdict) {
      return valueOf(verdict.name());
    }
  }
}
