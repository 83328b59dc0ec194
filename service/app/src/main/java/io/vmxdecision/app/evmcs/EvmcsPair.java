package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.wire.Page;

/** Two pages to compare. */
@Schema(name = "EvmcsPair", description = "Two pages of one enlightened VMCS.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record EvmcsPair(
    @Schema(description = "The earlier page.") @JsonProperty(required = true) Page before,
    @Schema(description = "The later page.") @JsonProperty(required = true) Page after) {}
