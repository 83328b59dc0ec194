package io.vmxdecision.app.decisionlog;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The way by which a request came. */
public enum Via {
  /** {@code POST /v1/decisions}. */
  @JsonProperty("decisions")
  DECISIONS,
  /** {@code POST /v1/decisions/batch}. */
  @JsonProperty("batch")
  BATCH,
  /** {@code POST /v1/decisions/pages}. */
  @JsonProperty("pages")
  PAGES,
  /** {@code POST /v1/decisions/stream}, lines of JSON. */
  @JsonProperty("stream")
  STREAM,
  /** {@code POST /v1/decisions/stream}, SBE messages. */
  @JsonProperty("sbe")
  SBE
}
