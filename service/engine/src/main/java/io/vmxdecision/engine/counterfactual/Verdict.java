package io.vmxdecision.engine.counterfactual;

/** What a set of changes can flip. */
public enum Verdict {
  /** Who handles the exit. */
  HANDLED_BY,
  /** Whether the L2 TLB flush is eligible. */
  ELIGIBLE,
  /** Whether L1 gets the synthetic exit. */
  SYNTHETIC_EXIT,
  /** How the flush hypercall that L0 handles ends: its status, #UD, or that there is none. */
  OUTCOME
}
