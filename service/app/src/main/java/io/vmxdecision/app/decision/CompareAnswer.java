package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What the L0s of several profiles answer, as it stands in JSON. */
@Schema(name = "CompareAnswer", description = "The answers, and in what they differ.")
record CompareAnswer(
    @Schema(description = "What became of the request, by profile.",
        requiredMode = RequiredMode.REQUIRED) Map<String, BatchResult> answers,
    @ArraySchema(arraySchema = @Schema(
        description = "The differences between the decisions, by pointer. Problems are not compared, nor are ids,"
            + " profile, explanation and l2TlbFlush.supported. Of tlfs only what it has and does not leave open is"
            + " compared: one of several outcomes is no difference, and mutations count by vcpu and effect.",
        requiredMode = RequiredMode.REQUIRED)) List<DifferencePart> differences) {

  /** One difference. */
  @Schema(name = "DecisionDifference", description = "A value that is not the same in all decisions.")
  record DifferencePart(
      @Schema(description = "A JSON Pointer into the decisions.", example = "/handledBy",
          requiredMode = RequiredMode.REQUIRED) String pointer,
      @Schema(description = "The value by profile, of those that have one there.",
          requiredMode = RequiredMode.REQUIRED) Map<String, JsonNode> values,
      @ArraySchema(arraySchema = @Schema(
          description = "The rules that explain it. P: with one of two kernels, the value changes when it takes the"
              + " other's switch. T, where a kernel does otherwise than tlfs says: those of tlfs that speak.",
          requiredMode = RequiredMode.REQUIRED)) List<String> rules,
      @Schema(description = "What the kernels do by these rules, and what the text demands.",
          requiredMode = RequiredMode.REQUIRED) String text) {}
}
