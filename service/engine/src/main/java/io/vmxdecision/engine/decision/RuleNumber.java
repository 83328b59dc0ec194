package io.vmxdecision.engine.decision;

/** What a decision has to know of a rule to record it: its number, 0..{@link RuleSet#MAX_NUMBER}. */
public interface RuleNumber {
  /** The number. */
  int number();
}
