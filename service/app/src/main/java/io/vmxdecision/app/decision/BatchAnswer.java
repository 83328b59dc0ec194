package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;

/**
 * The answer to a {@link BatchRequest}.
 *
 * @param results made one by one while they are written, so that no more than one is held; to be gone
 *     through once
 */
@Schema(name = "BatchAnswer", description = "What became of the requests.")
record BatchAnswer(
    @Schema(description = "A result for each request, in the same order.",
        implementation = BatchResult[].class,
        requiredMode = RequiredMode.REQUIRED) Iterable<BatchResult> results) {}
