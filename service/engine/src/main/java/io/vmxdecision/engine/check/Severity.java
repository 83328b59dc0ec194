package io.vmxdecision.engine.check;

/** What a finding means for L1. */
public enum Severity {
  /** L0 refuses the eVMCS, or the VM-entry with it. */
  ERROR,
  /** L0 takes it, but it hardly is what L1 wants. */
  WARNING
}
