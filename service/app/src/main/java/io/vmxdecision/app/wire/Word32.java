package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;

/** A 32-bit machine word; on the wire a string {@code "0x…"}. */
@Schema(name = "Word32", type = "string",
    description = "A 32-bit machine word in hexadecimal. Answers have lower case and no leading zeros.",
    pattern = Word32.PATTERN)
public record Word32(int value) {
  /** What the text has to match. */
  public static final String PATTERN = "^0[xX]0*[0-9a-fA-F]{1,8}$";

  /**
   * Reads {@code "0x…"}.
   *
   * @throws IllegalArgumentException when the text is no hexadecimal number of up to 32 bits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Word32 parse(String text) {
    return new Word32((int) Hex.parse(text, Integer.SIZE));
  }

  /** The word in lower case, without leading zeros. */
  @JsonValue
  @Override
  public String toString() {
    return Hex.format(Integer.toUnsignedLong(value));
  }
}
