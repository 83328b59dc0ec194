package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;

/** A 64-bit machine word; on the wire a string {@code "0x…"}, since JSON numbers lose bits past 2^53. */
@Schema(name = "Word64", type = "string",
    description = "A machine word of up to 64 bits in hexadecimal. Answers have lower case and no leading"
        + " zeros.",
    pattern = Word64.PATTERN)
public record Word64(long value) {
  /** What the text has to match. */
  public static final String PATTERN = "^0[xX]0*[0-9a-fA-F]{1,16}$";

  /**
   * Reads {@code "0x…"}.
   *
   * @throws IllegalArgumentException when the text is no hexadecimal number of up to 64 bits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Word64 parse(String text) {
    return new Word64(Hex.parse(text, Long.SIZE));
  }

  /** The word in lower case, without leading zeros. */
  @JsonValue
  @Override
  public String toString() {
    return Hex.format(value);
  }
}
