package io.vmxdecision.engine.entry;

/**
 * A statement's truth when not everything is known (Kleene's strong three values), as an {@code int}
 * on which {@code &} and {@code |} are "and" and "or": {@link #NO} 00, {@link #MAYBE} 01, {@link #YES}
 * 11. Nothing is boxed or allocated, and no branch is taken.
 */
final class Truth {
  /** It does not hold. */
  static final int NO = 0;

  /** It depends on something that is not known. */
  static final int MAYBE = 1;

  /** It holds. */
  static final int YES = 3;

  private Truth() {}

  /** A statement of which all is known. */
  static int of(boolean holds) {
    return holds ? YES : NO;
  }

  /** The opposite; of {@link #MAYBE} it is {@link #MAYBE}. */
  static int not(int truth) {
    return (((truth >>> 1) | (truth << 1)) & YES) ^ YES;
  }

  /** Whether two statements differ. */
  static int differ(int one, int other) {
    return (one & not(other)) | (not(one) & other);
  }

  /** {@code holds}, if all that it depends on is known. */
  static int ifKnown(boolean known, boolean holds) {
    return known ? of(holds) : MAYBE;
  }

  /**
   * Whether a word has a bit of a mask, both known in part: {@code unknown} bits may be either way and
   * are 0 in the word.
   */
  static int overlap(long word, long unknown, long mask, long unknownMask) {
    if ((word & mask) != 0) {
      return YES;
    }
    return ((word | unknown) & (mask | unknownMask)) != 0 ? MAYBE : NO;
  }
}
