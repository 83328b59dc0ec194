package io.vmxdecision.engine.bytes;

/**
 * A run of bits of a word, and what its specification calls it. Immutable; safe for use by any thread; {@link
 * #of} allocates nothing.
 *
 * @param name the name, such as {@code rep count}
 * @param first the lowest bit, 0..63
 * @param count how many bits, 1..64-{@code first}
 */
public record BitRange(String name, int first, int count) {
  /** The value of these bits of {@code word}, unsigned. */
  public long of(long word) {
    return (word >>> first) & (-1L >>> (Long.SIZE - count));
  }

  /** The bits themselves, as a mask of the word. */
  public long mask() {
    return (-1L >>> (Long.SIZE - count)) << first;
  }

  /** The bits in words: {@code bit 16} or {@code bits 43:32}. */
  public String bits() {
    return count == 1 ? "bit " + first : "bits " + (first + count - 1) + ":" + first;
  }
}
