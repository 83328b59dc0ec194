package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;

/** What an answer holds only when {@code include} asks for it, as the contract names it. */
@Schema(name = "AnswerPart",
    description = "A part of an answer that is left out unless asked for: the eVMCS page"
        + " after the writes.",
    enumAsRef = true)
public enum AnswerPart {
  @JsonProperty(AnswerOptions.EVMCS_PAGE)
  EVMCS_PAGE
}
