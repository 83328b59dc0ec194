package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.decision.Decision;

/**
 * The rules of a decision, a bit each: {@code bit} of {@code GET /v1/rules}. Hexadecimal numbers, as long as
 * the largest bit needs.
 *
 * @param looked those that were looked at
 * @param met those of them that hold
 */
public record RuleBits(String looked, String met) {
  /** The rules of {@code decision}. */
  public static RuleBits of(Decision decision) {
    return new RuleBits(decision.rulesLooked().toString(), decision.rulesMet().toString());
  }
}
