package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request for the L0s of several profiles, as it stands in JSON. What is left out is null. */
@Schema(name = "CompareRequest", description = "A request, and the profiles that decide it.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record CompareRequest(
    @ArraySchema(
        arraySchema = @Schema(description = "Ids of different profiles. Left out: all of them."),
        minItems = 2, maxItems = 8) @Nullable List<@Nullable String> profiles,
    @Schema(description = "The request, without a profile of its own.") @JsonProperty(
        required = true) DecisionRequest request) {}
