package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.Page;
import org.jspecify.annotations.Nullable;

/** What to make a page of. */
@Schema(name = "EvmcsEncodeRequest", description = "Fields, and the page to lay them over.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record EvmcsEncodeRequest(
    @Schema(description = "The fields to lay over evmcs.") @JsonProperty(
        required = true) EvmcsFieldValues evmcsFields,
    @Schema(
        description = "The page to start from. Left out: a zero page.") @Nullable Page evmcs) {}
