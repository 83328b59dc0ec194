package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.app.problem.ProblemAnswer;
import org.jspecify.annotations.Nullable;

/** What became of one request. */
@Schema(name = "BatchResult",
    description = "What became of one request: the decision, or the problem with it.",
    minProperties = 1, maxProperties = 1)
@JsonInclude(JsonInclude.Include.NON_NULL)
record BatchResult(
    @Schema(description = "The decision.") @Nullable DecisionAnswer decision,
    @Schema(description = "Why there is none.") @Nullable ProblemAnswer problem) {}
