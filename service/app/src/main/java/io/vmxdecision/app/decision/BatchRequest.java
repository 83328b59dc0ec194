package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.many.Batches;
import java.util.List;

/** Requests for decisions in one body, as they stand in JSON. */
@Schema(name = "BatchRequest", description = "Requests to be decided one by one.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record BatchRequest(
    @ArraySchema(
        arraySchema = @Schema(description = "The requests; none depends on another.",
            requiredMode = RequiredMode.REQUIRED),
        minItems = 1, maxItems = Batches.MAX_REQUESTS) List<DecisionRequest> requests) {}
