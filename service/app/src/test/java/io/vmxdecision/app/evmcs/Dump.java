package io.vmxdecision.app.evmcs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Objects;

/** A page of 4,096 bytes; {@link #of} reads one that a real L1 dumped. */
final class Dump {
  private final byte[] bytes;

  Dump(byte[] bytes) {
    this.bytes = bytes;
  }

  static Dump of(String stage) {
    String resource = "/captures/" + stage + "_evmcs.bin";
    try (InputStream in = Objects.requireNonNull(Dump.class.getResourceAsStream(resource), resource)) {
      return new Dump(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page with some bytes from {@code offset} replaced. */
  Dump with(int offset, int... replaced) {
    byte[] copy = bytes.clone();
    for (int i = 0; i < replaced.length; i++) {
      copy[offset + i] = (byte) replaced[i];
    }
    return new Dump(copy);
  }

  /** The bytes; not a copy. */
  byte[] bytes() {
    return bytes;
  }

  /** As it stands in JSON, in quotes. */
  String json() {
    return "\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
  }
}
