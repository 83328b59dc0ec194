package io.vmxdecision.app.decisionlog;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a request asks to be decided. */
public enum RequestKind {
  /** A VM-exit. */
  @JsonProperty("vm-exit")
  VM_EXIT,
  /** A VM-entry. */
  @JsonProperty("vm-entry")
  VM_ENTRY
}
