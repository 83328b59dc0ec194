package io.vmxdecision.app.decisionlog;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The way by which a request came. */
public enum Via {
  /** {@code POST /v1/decisions}. */
  @JsonProperty("decisions")
  DECISIONS,
  /** {@code POST /v1/vm-entries}. */
  @JsonProperty("vm-entries")
  VM_ENTRIES,
  /** {@code POST /v1/decisions/batch} or {@code /v1/vm-entries/batch}. */
  @JsonProperty("batch")
  BATCH,
  /** {@code POST /v1/decisions/pages}. */
  @JsonProperty("pages")
  PAGES,
  /** {@code POST /v1/decisions/stream} or {@code /v1/vm-entries/stream}, lines of JSON. */
  @JsonProperty("stream")
  STREAM,
  /** {@code POST /v1/decisions/stream}, SBE messages. */
  @JsonProperty("sbe")
  SBE
}
