package io.vmxdecision.app.wire;

import java.util.Base64;

/** Base64 of RFC 4648, section 4. The JDK's decoder lets missing padding pass; this one does not. */
final class PaddedBase64 {
  private static final int GROUP = 4;

  private PaddedBase64() {}

  static byte[] decode(String text) {
    if (text.isEmpty() || text.length() % GROUP != 0) {
      throw new IllegalArgumentException("base64 comes in groups of four characters, at least one");
    }
    return Base64.getDecoder().decode(text);
  }

  static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
