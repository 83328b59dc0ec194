package io.vmxdecision.engine.decision;

/** Whether a snapshot and an exit could be decided. */
public enum Outcome {
  /** Yes: the rest of the decision holds. */
  DECIDED,
  /** An exit from L1 that is no flush hypercall: nothing that this engine models. */
  NOT_A_FLUSH_HYPERCALL,
  /** An exit from L2 whose routing depends on vmcs12's controls, while no eVMCS is active. */
  NO_ACTIVE_EVMCS,
  /** More vCPUs, or a larger VP index, than the L0 of the profile can have. */
  TOO_MANY_VCPUS
}
