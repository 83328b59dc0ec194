package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A JSON value with a place in a body, which may be all of it. */
public final class JsonPart {
  private static final byte[] NO_BODY = {};

  private final byte[] body;
  private final int from;
  private final int to;
  private final String pointer;
  private final boolean whole;

  JsonPart(byte[] body, int from, int to, String pointer) {
    this(body, from, to, pointer, pointer.isEmpty());
  }

  private JsonPart(byte[] body, int from, int to, String pointer, boolean whole) {
    this.body = body;
    this.from = from;
    this.to = to;
    this.pointer = pointer;
    this.whole = whole;
  }

  /** An object of some properties of a body, so that lines and columns in it say nothing. */
  static JsonPart ofProperties(byte[] object) {
    return new JsonPart(object, 0, object.length, "", false);
  }

  /**
   * All of {@code body}, less a byte order mark, which is passed over (RFC 8259, section 8.1).
   *
   * @param body null when the client sent none, which is as good as an empty one
   * @throws RejectedRequestException when it is not in UTF-8
   */
  public static JsonPart whole(byte @Nullable [] body) {
    byte[] bytes = orEmpty(body);
    MalformedJson.requireUtf8(StrictJson.FACTORY, bytes);
    return new JsonPart(bytes, Utf8.markBytes(bytes), bytes.length, "");
  }

  /** The bytes of a body, of which there are none when the client sent none. */
  public static byte[] orEmpty(byte @Nullable [] body) {
    return body == null ? NO_BODY : body;
  }

  /** Whether a line has nothing but JSON's white space. */
  public static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  /** A JSON Pointer to it in the body. */
  public String pointer() {
    return pointer;
  }

  /** How many bytes it has. */
  public int length() {
    return to - from;
  }

  /** Its bytes; a copy unless it is the whole body. */
  byte[] bytes() {
    return to - from == body.length ? body : Arrays.copyOfRange(body, from, to);
  }

  /** Whether it is all of the body. */
  boolean isWhole() {
    return whole;
  }
}
