package io.vmxdecision.artefacts.trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A table from names, which are not empty, to numbers; it is asked with bytes. Asking allocates nothing. */
final class Names {
  /** What {@link #find} answers when there is no such name. */
  static final long NOT_FOUND = Long.MIN_VALUE;

  private static final int SLOTS = 1024;

  private final byte[][] names = new byte[SLOTS][0];
  private final long[] numbers = new long[SLOTS];

  void add(String name, long number) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int slot = slot(bytes, 0, bytes.length);
    while (names[slot].length > 0) {
      slot = (slot + 1) % SLOTS;
    }
    names[slot] = bytes;
    numbers[slot] = number;
  }

  long find(byte[] bytes, int from, int to) {
    int slot = slot(bytes, from, to);
    for (byte[] name = names[slot]; name.length > 0; name = names[slot]) {
      if (Arrays.equals(name, 0, name.length, bytes, from, to)) {
        return numbers[slot];
      }
      slot = (slot + 1) % SLOTS;
    }
    return NOT_FOUND;
  }

  private static int slot(byte[] bytes, int from, int to) {
    int hash = to - from;
    if (to > from) {
      hash = hash * 31 + bytes[from];
      hash = hash * 31 + bytes[(from + to) >>> 1];
      hash = hash * 31 + bytes[to - 1];
      hash = hash * 31 + bytes[Math.max(from, to - 3)];
    }
    return (hash ^ (hash >>> 10)) & (SLOTS - 1);
  }
}
