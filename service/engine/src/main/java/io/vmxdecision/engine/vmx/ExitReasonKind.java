package io.vmxdecision.engine.vmx;

/** What a raw exit reason can be at all; see {@link ExitReason#kind}. */
public enum ExitReasonKind {
  /** A VM-exit that a CPU reports with a basic reason that is defined. */
  ARCHITECTURAL,
  /** No reserved bit is set, but no basic reason of that number is defined. */
  UNDEFINED,
  /** Exactly 0x10000031: L0 tells L1 that it has handled a flush hypercall of L2. */
  HYPERV_SYNTHETIC,
  /** A VM-exit to an SMI-transfer monitor (STM). */
  STM,
  /** No CPU can report it. */
  IMPOSSIBLE;

  /** Whether a CPU, or a Hyper-V compatible L0, can report a value of this kind. */
  public boolean isReportable() {
    return this == ARCHITECTURAL || this == HYPERV_SYNTHETIC || this == STM;
  }
}
