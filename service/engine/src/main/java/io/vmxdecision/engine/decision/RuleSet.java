package io.vmxdecision.engine.decision;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of rules, a bit each: the bit is the rule's number. Reused; allocates nothing after construction,
 * except in {@link #toString()}; not thread-safe.
 */
public final class RuleSet {
  /** The largest number that a rule can have. */
  public static final int MAX_NUMBER = 255;

  private final long[] words = new long[(MAX_NUMBER + 1) / Long.SIZE];

  /** No rules. */
  public void clear() {
    Arrays.fill(words, 0);
  }

  /** Adds a rule. */
  public void add(RuleNumber rule) {
    int number = rule.number();
    words[number / Long.SIZE] |= 1L << number;
  }

  /** Whether the rule is in the set. */
  public boolean contains(RuleNumber rule) {
    int number = rule.number();
    return ((words[number / Long.SIZE] >>> number) & 1) != 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RuleSet set && Arrays.equals(words, set.words);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words);
  }

  /** The bits as one number: {@code 0x} and hexadecimal digits, without leading zeros. */
  @Override
  public String toString() {
    StringBuilder digits = new StringBuilder();
    for (long word : words) {
      digits.insert(0, "%016x".formatted(word));
    }
    int first = 0;
    while (first < digits.length() - 1 && digits.charAt(first) == '0') {
      first++;
    }
    return "0x" + digits.substring(first);
  }
}
