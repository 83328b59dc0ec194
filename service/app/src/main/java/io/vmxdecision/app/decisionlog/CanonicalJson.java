package io.vmxdecision.app.decisionlog;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Writes JSON as RFC 8785 wants it, for the few kinds of values that a request has, and leaves the order of
 * the properties to its caller. Every answer waits for it, so it makes no strings of words first, as a
 * library would have to be given. For one thread.
 */
final class CanonicalJson {
  private static final int BUFFER_BYTES = 4096;

  /** The longest number or word, with what stands around it. */
  private static final int MOST_PER_WORD = 32;

  private static final byte[] TRUE = ascii("true");
  private static final byte[] FALSE = ascii("false");
  private static final byte[] DIGITS = ascii("0123456789abcdef");

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int used;

  /** Whether a comma has to come before the next value. */
  private boolean follows;

  CanonicalJson(OutputStream out) {
    this.out = out;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The name of a property: ASCII in which nothing has to be escaped. */
  CanonicalJson name(String name) {
    separate();
    quoted(name);
    reserve(1);
    put(':');
    follows = false;
    return this;
  }

  void startObject() {
    start('{');
  }

  void startArray() {
    start('[');
  }

  void endObject() {
    end('}');
  }

  void endArray() {
    end(']');
  }

  void flag(boolean value) {
    byte[] text = value ? TRUE : FALSE;
    separate();
    raw(text);
    follows = true;
  }

  /** A number, 0..2^32-1. */
  void number(long value) {
    separate();
    reserve(MOST_PER_WORD);
    long power = 1;
    while (value / power >= 10) {
      power *= 10;
    }
    for (; power != 0; power /= 10) {
      put('0' + (int) (value / power % 10));
    }
    follows = true;
  }

  /** A machine word, as {@code "0x..."}. */
  void word(long value) {
    separate();
    reserve(MOST_PER_WORD);
    put('"');
    put('0');
    put('x');
    int digits = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 3) / 4);
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      put(DIGITS[(int) (value >>> shift) & 0xf]);
    }
    put('"');
    follows = true;
  }

  /** A text of ASCII in which nothing has to be escaped. */
  void text(String text) {
    separate();
    quoted(text);
    follows = true;
  }

  /** Bytes in base64. */
  void base64(byte[] bytes) {
    separate();
    quote();
    raw(Base64.getEncoder().encode(bytes));
    quote();
    follows = true;
  }

  /** A digest. */
  void digest(byte[] digest) {
    separate();
    reserve(Sha256.PREFIX_BYTES.length + 2 * digest.length + 2);
    put('"');
    raw(Sha256.PREFIX_BYTES);
    for (byte b : digest) {
      put(DIGITS[b >> 4 & 0xf]);
      put(DIGITS[b & 0xf]);
    }
    put('"');
    follows = true;
  }

  /** A value that is JSON already. */
  void value(byte[] json) {
    separate();
    raw(json);
    follows = true;
  }

  /** Hands on what was written. */
  void flush() {
    try {
      out.write(buffer, 0, used);
      used = 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void start(char bracket) {
    separate();
    reserve(1);
    put(bracket);
    follows = false;
  }

  private void end(char bracket) {
    reserve(1);
    put(bracket);
    follows = true;
  }

  private void separate() {
    if (follows) {
      reserve(1);
      put(',');
    }
  }

  private void quoted(String text) {
    quote();
    for (int i = 0; i < text.length(); i++) {
      reserve(1);
      put(text.charAt(i));
    }
    quote();
  }

  private void quote() {
    reserve(1);
    put('"');
  }

  private void raw(byte[] bytes) {
    int done = 0;
    while (done < bytes.length) {
      reserve(1);
      int count = Math.min(bytes.length - done, BUFFER_BYTES - used);
      System.arraycopy(bytes, done, buffer, used, count);
      used += count;
      done += count;
    }
  }

  private void reserve(int bytes) {
    if (used + bytes > BUFFER_BYTES) {
      flush();
    }
  }

  private void put(int character) {
    buffer[used++] = (byte) character;
  }
}
