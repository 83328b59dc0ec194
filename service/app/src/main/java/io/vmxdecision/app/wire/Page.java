package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.engine.bytes.PageView;

/** A page of 4,096 bytes; on the wire base64. */
@Schema(name = "Page", type = "string", contentEncoding = "base64",
    description = "A page of exactly 4096 bytes, in base64 (RFC 4648, section 4, padded).",
    pattern = Page.PATTERN)
public final class Page {
  /** What the text has to match: 4096 bytes are 1,365 groups of four characters and one more byte. */
  public static final String PATTERN = "^[A-Za-z0-9+/]{5462}==$";

  private final byte[] bytes;

  private Page(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads base64.
   *
   * @throws IllegalArgumentException when the text is no padded base64, or not of 4,096 bytes
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Page parse(String text) {
    return of(PaddedBase64.decode(text));
  }

  /**
   * A page of these bytes, which are not copied.
   *
   * @throws IllegalArgumentException when they are not 4,096
   */
  public static Page of(byte[] bytes) {
    if (bytes.length != PageView.PAGE_BYTES) {
      throw new IllegalArgumentException("a page has 4096 bytes, this one " + bytes.length);
    }
    return new Page(bytes);
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
