package io.vmxdecision.app.decisionlog;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests as text: {@code sha256:} and 64 hexadecimal digits. */
public final class Sha256 {
  /** What a digest starts with. No base64 holds a colon, so none is taken for bytes. */
  public static final String PREFIX = "sha256:";

  private Sha256() {}

  /** The digest of {@code bytes}. */
  public static String of(byte[] bytes) {
    MessageDigest digest = start();
    digest.update(bytes);
    return end(digest);
  }

  static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  static String end(MessageDigest digest) {
    return PREFIX + HexFormat.of().formatHex(digest.digest());
  }
}
