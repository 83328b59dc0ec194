package io.vmxdecision.app.decisionlog;

import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;

/**
 * The rules of a decision, a bit each: {@code bit} of {@code GET /v1/rules}.
 *
 * @param looked those that were looked at
 * @param met those of them that hold
 */
public record RuleBits(Word64 looked, Word64 met) {
  /** The rules of {@code decision}. */
  public static RuleBits of(Decision decision) {
    return new RuleBits(new Word64(decision.rulesLooked()), new Word64(decision.rulesMet()));
  }
}
