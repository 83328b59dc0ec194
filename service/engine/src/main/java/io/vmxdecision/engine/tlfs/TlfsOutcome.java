package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.hyperv.HypercallStatus;
import org.jspecify.annotations.Nullable;

/** With what a flush hypercall may end by the text of the TLFS. */
public enum TlfsOutcome {
  HV_STATUS_SUCCESS(HypercallStatus.HV_STATUS_SUCCESS),
  HV_STATUS_INVALID_HYPERCALL_INPUT(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT),
  HV_STATUS_INVALID_ALIGNMENT(HypercallStatus.HV_STATUS_INVALID_ALIGNMENT),
  HV_STATUS_INVALID_PARAMETER(HypercallStatus.HV_STATUS_INVALID_PARAMETER),
  /** #UD into the guest. */
  INVALID_OPCODE(null),
  /** A memory intercept of the input page. */
  MEMORY_INTERCEPT(null);

  private final @Nullable HypercallStatus status;

  TlfsOutcome(@Nullable HypercallStatus status) {
    this.status = status;
  }

  /** The status that the call returns, or null if it returns none. */
  public @Nullable HypercallStatus status() {
    return status;
  }
}
