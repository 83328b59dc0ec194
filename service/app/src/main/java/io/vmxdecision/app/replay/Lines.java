package io.vmxdecision.app.replay;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines of bounded length. */
final class Lines {
  private final InputStream in;
  private final int mostBytes;
  private boolean ended;

  Lines(InputStream in, int mostBytes) {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.mostBytes = mostBytes;
  }

  /**
   * The next line without its end, or null when there is none.
   *
   * @return of a line that is too long, one byte more than a line may have
   */
  byte @Nullable [] next() throws IOException {
    if (ended) {
      return null;
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int value = in.read();
    if (value < 0) {
      ended = true;
      return null;
    }
    while (value >= 0 && value != '\n') {
      if (line.size() <= mostBytes) {
        line.write(value);
      }
      value = in.read();
    }
    ended = value < 0;
    return line.toByteArray();
  }
}
