package io.vmxdecision.engine.decision;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of rules, a bit each: the bit is the rule's number. Reused; allocates nothing after construction,
 * except where sets are compared or printed; not thread-safe.
 */
public final class RuleSet {
  /** The largest number that a rule can have. */
  public static final int MAX_NUMBER = 255;

  // Fields and no array, whose bounds would be checked for each rule.
  private long word0;
  private long word1;
  private long word2;
  private long word3;

  /** No rules. */
  public void clear() {
    word0 = 0;
    word1 = 0;
    word2 = 0;
    word3 = 0;
  }

  /** Adds a rule. */
  public void add(RuleNumber rule) {
    int number = rule.number();
    long bit = 1L << number;
    switch (number / Long.SIZE) {
      case 0 -> word0 |= bit;
      case 1 -> word1 |= bit;
      case 2 -> word2 |= bit;
      default -> word3 |= bit;
    }
  }

  /** Whether the rule is in the set. */
  public boolean contains(RuleNumber rule) {
    int number = rule.number();
    long word = switch (number / Long.SIZE) {
      case 0 -> word0;
      case 1 -> word1;
      case 2 -> word2;
      default -> word3;
    };
    return ((word >>> number) & 1) != 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RuleSet set && Arrays.equals(words(), set.words());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words());
  }

  /** The bits as one number: {@code 0x} and hexadecimal digits, without leading zeros. */
  @Override
  public String toString() {
    StringBuilder digits = new StringBuilder();
    for (long word : words()) {
      digits.insert(0, "%016x".formatted(word));
    }
    int first = 0;
    while (first < digits.length() - 1 && digits.charAt(first) == '0') {
      first++;
    }
    return "0x" + digits.substring(first);
  }

  private long[] words() {
    return new long[]{word0, word1, word2, word3};
  }
}
