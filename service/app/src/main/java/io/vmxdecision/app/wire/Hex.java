package io.vmxdecision.app.wire;

import java.util.HexFormat;

/** Machine words as text: {@code 0x}, then hexadecimal digits. */
public final class Hex {
  private static final int PREFIX = 2;
  private static final int BITS_PER_DIGIT = 4;

  private Hex() {}

  static long parse(String text, int bits) {
    boolean prefixed = text.startsWith("0x") || text.startsWith("0X");
    if (!prefixed || text.length() == PREFIX) {
      throw new IllegalArgumentException("a machine word is 0x and at least one digit");
    }
    int start = PREFIX;
    while (start < text.length() - 1 && text.charAt(start) == '0') {
      start++;
    }
    if (text.length() - start > bits / BITS_PER_DIGIT) {
      throw new IllegalArgumentException("more than " + bits + " bits");
    }
    return HexFormat.fromHexDigitsToLong(text, start, text.length());
  }

  /** The value in lower case, without leading zeros. */
  public static String format(long value) {
    return "0x" + Long.toHexString(value);
  }
}
