package io.vmxdecision.engine.entry;

/** What becomes of VMLAUNCH or VMRESUME. */
public enum EntryOutcome {
  /** L2 runs, or is parked in its activity state. */
  ENTERS,
  /** RFLAGS.CF is set; there is no VMCS for an error number. SDM "VMfailInvalid". */
  VM_FAIL_INVALID,
  /** RFLAGS.ZF is set, and the VMCS has an error number. SDM "VMfailValid". */
  VM_FAIL_VALID,
  /** An exit with bit 31 of the reason set. SDM "VM-Entry Failures During or After Loading Guest State". */
  FAILED_ENTRY
}
