package io.vmxdecision.app.entry;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.problem.ProblemAnswer;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link VmEntryBatchRequest}.
 *
 * @param results made one by one while they are written, so that no more than one is held; to be gone
 *     through once
 */
@Schema(name = "VmEntryBatchAnswer", description = "What became of the requests.")
record VmEntryBatchAnswer(
    @Schema(description = "A result for each request, in the same order.",
        implementation = VmEntryBatchResult[].class,
        requiredMode = RequiredMode.REQUIRED) Iterable<VmEntryBatchResult> results) {

  /** What became of one request. */
  @Schema(name = "VmEntryBatchResult",
      description = "What became of one request: the decision, or the problem with it.",
      minProperties = 1, maxProperties = 1)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record VmEntryBatchResult(
      @Schema(description = "The decision.") @Nullable VmEntryAnswer decision,
      @Schema(description = "Why there is none.") @Nullable ProblemAnswer problem) {}
}
