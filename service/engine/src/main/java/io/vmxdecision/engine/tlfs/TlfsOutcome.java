package io.vmxdecision.engine.tlfs;

/** With what a flush hypercall may end by the text of the TLFS. */
public enum TlfsOutcome {
  HV_STATUS_SUCCESS(0x0),
  HV_STATUS_INVALID_HYPERCALL_INPUT(0x3),
  HV_STATUS_INVALID_ALIGNMENT(0x4),
  HV_STATUS_INVALID_PARAMETER(0x5),
  /** #UD into the guest. */
  INVALID_OPCODE(TlfsOutcome.NO_STATUS),
  /** A memory intercept of the input page. */
  MEMORY_INTERCEPT(TlfsOutcome.NO_STATUS);

  private static final int NO_STATUS = -1;

  private final int code;

  TlfsOutcome(int code) {
    this.code = code;
  }

  /** Whether the call returns a status. */
  public boolean isStatus() {
    return code != NO_STATUS;
  }

  /** The status code, 16 bits; -1 when it is no status. */
  public int code() {
    return code;
  }
}
