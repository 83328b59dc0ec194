package io.vmxdecision.app.replay;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What of a line of the decision log is held against the same decision made again. */
record RecordedLine(
    @JsonProperty(required = true) String decisionId,
    @JsonProperty(required = true) String engine,
    @JsonProperty(required = true) JsonNode outcome,
    @JsonProperty(required = true) JsonNode rules,
    @JsonProperty(required = true) Options options,
    @JsonProperty(required = true) String answerSha256,
    @JsonProperty(required = true) ObjectNode request) {

  /** What the answer was asked to hold. */
  record Options(
      @JsonProperty(required = true) boolean explain,
      @JsonProperty(required = true) List<String> include) {}
}
