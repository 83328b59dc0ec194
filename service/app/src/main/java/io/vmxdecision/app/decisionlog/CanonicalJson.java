package io.vmxdecision.app.decisionlog;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes JSON as RFC 8785 wants it, for the few kinds of values that a request has, and leaves the order of
 * the properties to its caller. What Jackson writes of integers, of flags and of ASCII without escapes is what that
 * RFC wants. For one thread.
 */
final class CanonicalJson implements AutoCloseable {
  private static final JsonFactory JSON = new JsonFactory();
  private static final HexFormat HEX = HexFormat.of();

  private final JsonGenerator json;

  CanonicalJson(OutputStream out) {
    this.json = JSON.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8);
  }

  /** The name of a property: ASCII in which nothing has to be escaped. */
  CanonicalJson name(String name) {
    json.writeName(name);
    return this;
  }

  void startObject() {
    json.writeStartObject();
  }

  void startArray() {
    json.writeStartArray();
  }

  void endObject() {
    json.writeEndObject();
  }

  void endArray() {
    json.writeEndArray();
  }

  void flag(boolean value) {
    json.writeBoolean(value);
  }

  /** A number, 0..2^32-1. */
  void number(long value) {
    json.writeNumber(value);
  }

  /** A machine word, as {@code "0x..."}. */
  void word(long value) {
    json.writeString("0x" + Long.toHexString(value));
  }

  /** A text of ASCII in which nothing has to be escaped. */
  void text(String text) {
    json.writeString(text);
  }

  /** Bytes in base64. */
  void base64(byte[] bytes) {
    json.writeBinary(bytes);
  }

  /** A digest. */
  void digest(byte[] digest) {
    json.writeString(Sha256.PREFIX + HEX.formatHex(digest));
  }

  /** A value that is JSON already. */
  void value(byte[] value) {
    json.writeRawValue(new String(value, StandardCharsets.UTF_8));
  }

  /** Hands on what was written. Nothing may be written after it. */
  @Override
  public void close() {
    json.close();
  }
}
