package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;

/** Bytes of memory; on the wire base64. */
@Schema(name = "MemoryBytes", type = "string", contentEncoding = "base64",
    description = "At least one byte, in base64 (RFC 4648, section 4, padded).",
    pattern = MemoryBytes.PATTERN, example = "AAAAAAAAAAA=")
public final class MemoryBytes {
  /** What the text has to match. */
  public static final String PATTERN =
      "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$";

  private final byte[] bytes;

  private MemoryBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads base64.
   *
   * @throws IllegalArgumentException when the text is no padded base64, or empty
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static MemoryBytes parse(String text) {
    return new MemoryBytes(PaddedBase64.decode(text));
  }

  /** These bytes, which are not copied. */
  public static MemoryBytes of(byte[] bytes) {
    return new MemoryBytes(bytes);
  }

  /** The bytes; not a copy. */
  public byte[] bytes() {
    return bytes;
  }

  /** The bytes in base64. */
  @JsonValue
  @Override
  public String toString() {
    return PaddedBase64.encode(bytes);
  }
}
