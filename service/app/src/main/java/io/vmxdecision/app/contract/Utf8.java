package io.vmxdecision.app.contract;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds where bytes stop being UTF-8, which JSON between systems is in (RFC 8259, section 8.1). */
final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;
  private static final int DECODED = 1024;

  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private Utf8() {}

  /** The length of the byte order mark that a text begins with: 3 bytes, or 0 if there is none. */
  static int markBytes(byte[] text) {
    int marked = Arrays.mismatch(MARK, text);
    return marked < 0 || marked == MARK.length ? MARK.length : 0;
  }

  /** The index of the first byte that begins no character of UTF-8, or -1. */
  static int firstFault(byte[] text) {
    int ascii = asciiBytes(text);
    return ascii == text.length ? -1 : firstFault(text, ascii);
  }

  private static int asciiBytes(byte[] text) {
    int at = 0;
    while (at <= text.length - Long.BYTES && ((long) LONGS.get(text, at) & NOT_ASCII) == 0) {
      at += Long.BYTES;
    }
    while (at < text.length && text[at] >= 0) {
      at++;
    }
    return at;
  }

  private static int firstFault(byte[] text, int from) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(text, from, text.length - from);
    CharBuffer out = CharBuffer.allocate(DECODED);
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow()) {
      out.clear();
      result = decoder.decode(in, out, true);
    }
    return result.isError() ? in.position() : -1;
  }
}
