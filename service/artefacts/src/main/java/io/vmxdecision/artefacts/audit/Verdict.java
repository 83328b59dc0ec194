package io.vmxdecision.artefacts.audit;

/** What comes of holding an exit of a trace against the rules. */
public enum Verdict {
  /** L0 did what the rules say. */
  AGREES,
  /** L0 did something else, or the lines of the exit contradict each other. */
  CONTRADICTS,
  /** The trace, and what was given with it, does not tell what the rules say. */
  UNDECIDED
}
