package io.vmxdecision.engine.entry;

/** Which set of checks is made. */
enum EntryMode {
  /** KVM, for an eVMCS. */
  EVMCS,
  /** KVM, for an ordinary VMCS of L1. */
  ORDINARY_VMCS,
  /** A bare CPU. */
  BARE_CPU;

  static EntryMode of(VmEntry entry) {
    if (entry.isBareCpu()) {
      return BARE_CPU;
    }
    return entry.evmcs().isGiven() ? EVMCS : ORDINARY_VMCS;
  }
}
