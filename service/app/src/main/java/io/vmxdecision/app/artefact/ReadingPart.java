package io.vmxdecision.app.artefact;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import java.util.LinkedHashMap;
import java.util.Map;

/** A reading of a word. */
@Schema(name = "Reading", additionalProperties = AdditionalPropertiesValue.TRUE,
    description = "A reading of a word. Its parts are properties beside these, by what it is read as: words as"
        + " hexadecimal strings, counts and flags as they are.")
@JsonPropertyOrder({"as", "text", "source"})
record ReadingPart(
    @Schema(description = "What it is read as.", example = "exitReason",
        requiredMode = RequiredMode.REQUIRED) String as,
    @Schema(description = "The reading, a sentence.", requiredMode = RequiredMode.REQUIRED) String text,
    @Schema(description = "The table that it comes from.",
        requiredMode = RequiredMode.REQUIRED) String source,
    @Schema(hidden = true) @JsonAnyGetter Map<String, Object> parts) {
  static ReadingPart of(Reading reading) {
    Map<String, Object> parts = new LinkedHashMap<>();
    reading.parts().forEach(
        (name, value) -> parts.put(name, value instanceof Word word ? new Word64(word.value()) : value));
    return new ReadingPart(reading.as(), reading.text(), reading.source(), parts);
  }
}
