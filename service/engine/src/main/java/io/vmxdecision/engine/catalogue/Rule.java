package io.vmxdecision.engine.catalogue;

import io.vmxdecision.engine.decision.RuleNumber;
import io.vmxdecision.engine.decision.RuleSet;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule: a statement that holds or does not, and what follows when it holds. The class that decides by a
 * rule has the rule next to the code that looks at it; that code is called directly, and the object is for
 * what tells of rules: the catalogue, explanations, documents. Immutable; safe for use by any thread.
 *
 * @param number stands for the rule in decision logs, 0..{@link RuleSet#MAX_NUMBER}; it never changes, and
 *     the number of a rule that is gone is not given to another
 * @param id the id in the API and in {@code rules.md}: {@code E1}, {@code R-CR}, ...
 * @param statement what the rule asks, as a sentence that is true ("met") or false
 * @param consequence what follows
 * @param kernel the kernel functions that it comes from, by file below {@code arch/x86/kvm}
 * @param specification sections of the TLFS and the SDM; empty if there are none
 * @param reads all that its answer depends on, besides the rules that it comes after
 * @param evidence what it saw
 */
public record Rule(
    int number,
    String id,
    String statement,
    String consequence,
    String kernel,
    String specification,
    List<Input> reads,
    Evidence evidence) implements RuleNumber {
  /** For the {@link #specification()} of a rule that only the kernel has. */
  public static final String NOT_SPECIFIED = "";

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException when the number is out of range
   */
  public Rule {
    if (number < 0 || number > RuleSet.MAX_NUMBER) {
      throw new IllegalArgumentException(id + ": a rule has a number 0.." + RuleSet.MAX_NUMBER);
    }
    reads = List.copyOf(reads);
  }

  /** Where it comes from: kernel functions first, then sections of the TLFS and the SDM, if any. */
  public List<String> references(Profile profile) {
    return profile.references(kernel, specification);
  }

  /** Whether it is the same rule, by number. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Rule rule && rule.number == number;
  }

  @Override
  public int hashCode() {
    return number;
  }

  @Override
  public String toString() {
    return id;
  }
}
