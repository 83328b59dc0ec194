package io.vmxdecision.artefacts.audit;

/** Tells what the rules expect of an exit from L2 under VMX. Used by one audit, by one thread. */
@FunctionalInterface
public interface DecisionSource {
  /** What is expected of the exit. */
  Expectation expect(ExitFacts exit);
}
