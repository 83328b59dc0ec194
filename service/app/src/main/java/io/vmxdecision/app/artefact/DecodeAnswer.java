package io.vmxdecision.app.artefact;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;

/** The readings of a value. */
@Schema(name = "Decoding", description = "What a value can mean.")
record DecodeAnswer(
    @Schema(description = "The value as it was asked for.",
        requiredMode = RequiredMode.REQUIRED) String value,
    @Schema(description = "Its readings, likeliest first.",
        requiredMode = RequiredMode.REQUIRED) List<ReadingPart> readings,
    @Schema(description = "What is not decoded, and why.",
        requiredMode = RequiredMode.REQUIRED) List<String> undefined) {}
