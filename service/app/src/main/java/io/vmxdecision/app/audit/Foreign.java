package io.vmxdecision.app.audit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Files that hold a trace, but not as text. A {@code trace.dat} is not read as it is, for three reasons. It holds the
 * ring buffer of one CPU behind that of another, so that all of it has to be there before the first event is known:
 * nothing could be audited while it comes, nor in constant memory. The layout of each event is in it as C declarations,
 * and what an event prints as an expression in C, which {@code libtraceevent} interprets. From version 7 on its parts
 * may be compressed with zstd, for which the JDK has nothing. {@code trace-cmd report} does all of that.
 */
final class Foreign {
  /** How many bytes {@link #told} looks at. */
  static final int BYTES = 10;

  private static final byte[] TRACE_DAT = {0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g'};
  private static final byte[] PERF_DATA = "PERFILE2".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z'};

  private Foreign() {}

  /** What to do with a file of that name that begins with these bytes, or null if it can be read. */
  static @Nullable String told(byte[] first, String file) {
    if (begins(first, TRACE_DAT)) {
      return "This is a trace.dat, which holds no text. Audit what this prints: trace-cmd report -i " + file;
    }
    if (begins(first, PERF_DATA)) {
      return "This is a perf.data, which holds no text. Audit what this prints: perf script -i " + file;
    }
    if (isGzip(first) || begins(first, ZSTD) || begins(first, XZ)) {
      return "This is compressed. Audit the text itself.";
    }
    return null;
  }

  private static boolean begins(byte[] first, byte[] magic) {
    return first.length >= magic.length && Arrays.equals(first, 0, magic.length, magic, 0, magic.length);
  }

  /** Whether they begin a gzip file. */
  static boolean isGzip(byte[] first) {
    return begins(first, GZIP);
  }
}
