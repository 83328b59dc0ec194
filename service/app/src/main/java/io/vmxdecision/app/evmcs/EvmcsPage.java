package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.wire.Page;

/** A page alone. */
@Schema(name = "EvmcsPage", description = "An enlightened VMCS page.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record EvmcsPage(
    @Schema(description = "The page.") @JsonProperty(required = true) Page evmcs) {}
