package io.vmxdecision.engine.entry;

/** Something that a check reads: a VMCS field, a capability word or a circumstance. */
public sealed interface EntryFact permits VmcsField, Capability, Circumstance {
  /** The name in the API: {@code guest_cr0}, {@code vmxMisc}, {@code entry.longMode}. */
  String label();
}
