package io.vmxdecision.artefacts.trace;

/** Whose virtualization an event is of: it decides how the exit reason and the information words are read. */
public enum Isa {
  /** Neither is known. */
  UNKNOWN,
  /** Intel VMX: a reason is a VM-exit reason of the SDM. */
  VMX,
  /** AMD SVM: a reason is an exit code of the APM. */
  SVM
}
