package io.vmxdecision.app.replay;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.vmxdecision.app.decisionlog.RequestKind;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What of a line of the decision log is held against the same decision made again.
 *
 * @param kind absent in lines that were written when there were VM-exits only
 * @param rules absent where the kind of request has none
 */
record RecordedLine(
    @JsonProperty(required = true) String decisionId,
    @JsonProperty(required = true) String engine,
    Optional<RequestKind> kind,
    @JsonProperty(required = true) JsonNode outcome,
    Optional<JsonNode> rules,
    @JsonProperty(required = true) Options options,
    @JsonProperty(required = true) String answerSha256,
    @JsonProperty(required = true) ObjectNode request) {

  /** A property that is left out is read as null within. */
  RecordedLine {
    rules = rules.filter(bits -> !bits.isNull());
  }

  /** What the answer was asked to hold. */
  record Options(
      @JsonProperty(required = true) boolean explain,
      @JsonProperty(required = true) List<String> include) {}
}
