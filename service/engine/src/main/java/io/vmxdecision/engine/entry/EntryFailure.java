package io.vmxdecision.engine.entry;

/** What follows when a check does not hold. SDM vol. 3, "VM Instruction Error Numbers" and 27.8. */
public enum EntryFailure {
  /** VMfailInvalid. */
  INVALID(EntryOutcome.VM_FAIL_INVALID, 0, 0),
  /** The launch state is the wrong one: 4 for VMLAUNCH, 5 for VMRESUME. */
  LAUNCH_STATE(EntryOutcome.VM_FAIL_VALID, 4, 0),
  /** Error 26, VM entry with events blocked by MOV SS. */
  MOV_SS(EntryOutcome.VM_FAIL_VALID, 26, 0),
  /** Error 7, VM entry with invalid control field(s). */
  CONTROLS(EntryOutcome.VM_FAIL_VALID, 7, 0),
  /** Error 8, VM entry with invalid host-state field(s). */
  HOST_STATE(EntryOutcome.VM_FAIL_VALID, 8, 0),
  /** Exit reason 33, VM-entry failure due to invalid guest state. */
  GUEST_STATE(EntryOutcome.FAILED_ENTRY, 0x8000_0021, 0),
  /** The same with qualification 2: loading the PDPTEs failed. */
  PDPTES(EntryOutcome.FAILED_ENTRY, 0x8000_0021, 2),
  /** The same with qualification 3: an NMI is injected into an STI shadow. */
  NMI_INJECTION(EntryOutcome.FAILED_ENTRY, 0x8000_0021, 3),
  /** The same with qualification 4: an invalid VMCS link pointer. */
  LINK_POINTER(EntryOutcome.FAILED_ENTRY, 0x8000_0021, 4),
  /** Exit reason 34, VM-entry failure due to MSR loading; the qualification is the entry's number. */
  MSR_LOADING(EntryOutcome.FAILED_ENTRY, 0x8000_0022, 0);

  private final EntryOutcome outcome;
  private final int number;
  private final long qualification;

  EntryFailure(EntryOutcome outcome, int number, long qualification) {
    this.outcome = outcome;
    this.number = number;
    this.qualification = qualification;
  }

  /** What L1 gets. */
  public EntryOutcome outcome() {
    return outcome;
  }

  /** Whether L1 gets the same: the same error number, or exit reason. The qualification may be another. */
  public boolean endsLike(EntryFailure other) {
    return outcome == other.outcome && number == other.number;
  }

  /** The error number, or the exit reason with bit 31 set (32 bits). */
  int number() {
    return number;
  }

  /** The exit qualification. */
  long qualification() {
    return qualification;
  }
}
