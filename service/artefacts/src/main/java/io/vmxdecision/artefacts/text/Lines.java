package io.vmxdecision.artefacts.text;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines, of each at most {@value #MOST_CHARACTERS} characters; what follows in the line is dropped. A line that
 * the encoding of a mail broke is one line.
 */
public final class Lines {
  private static final int MOST_CHARACTERS = 1 << 16;

  private final String part;
  private final Reader in;
  private final char[] buffer = new char[1 << 13];
  private final QuotedPrintable mail = new QuotedPrintable();
  private int start;
  private int end;
  private long number;
  private long shortened;

  /** The lines of a text, which is read with little buffering of its own. */
  public Lines(String part, Reader in) {
    this.part = part;
    this.in = in;
  }

  /** The next line, or null at the end. */
  public @Nullable Line next() throws IOException {
    StringBuilder line = new StringBuilder();
    boolean any = false;
    boolean dropped = false;
    int joined = 0;
    int looked = 0;
    while (true) {
      if (start == end) {
        end = in.read(buffer);
        start = 0;
        if (end <= 0) {
          end = 0;
          return any ? line(line, dropped, false, joined) : null;
        }
      }
      any = true;
      int from = start;
      while (start < end && buffer[start] != '\n') {
        start++;
      }
      int taken = Math.min(start - from, MOST_CHARACTERS - line.length());
      line.append(buffer, from, taken);
      dropped |= taken < start - from;
      if (start < end) {
        start++;
        takeCarriageReturn(line);
        mail.look(line, looked);
        if (dropped || !mail.takeSoftBreak(line)) {
          return line(line, dropped, true, joined);
        }
        joined++;
        looked = line.length();
      }
    }
  }

  private Line line(StringBuilder text, boolean dropped, boolean whole, int joined) {
    takeCarriageReturn(text);
    if (dropped) {
      shortened++;
    }
    long first = number + 1;
    number += joined + 1;
    return Line.of(part, first, mail.decode(text.toString()), whole && !dropped);
  }

  private static void takeCarriageReturn(StringBuilder line) {
    int last = line.length() - 1;
    if (last >= 0 && line.charAt(last) == '\r') {
      line.setLength(last);
    }
  }

  /** How many lines were too long. */
  public long shortened() {
    return shortened;
  }
}
