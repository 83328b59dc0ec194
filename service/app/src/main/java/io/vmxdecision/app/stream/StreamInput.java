package io.vmxdecision.app.stream;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The request's body in pieces that are whole: a window that slides over it and grows to the largest
 * piece. Before it may have to wait for the
 * client it offers the answers made so far.
 */
final class StreamInput {
  private static final int INITIAL_BYTES = 64 * 1024;

  private final InputStream in;
  private final AnswerSpool answers;
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int start;
  private int end;
  private long position;

  StreamInput(InputStream in, AnswerSpool answers) {
    this.in = in;
    this.answers = answers;
  }

  /** The array that holds the window; another one after {@link #fill} and {@link #require}. */
  byte[] buffer() {
    return buffer;
  }

  /** Where the window starts in {@link #buffer()}. */
  int start() {
    return start;
  }

  /** How many bytes the window has. */
  int available() {
    return end - start;
  }

  /** The offset of the window's start in the body. */
  long position() {
    return position;
  }

  /** Leaves {@code bytes} behind. */
  void skip(int bytes) {
    start += bytes;
    position += bytes;
  }

  /** Makes the window at least {@code bytes} long; false when the body ends before. */
  boolean require(int bytes) throws IOException {
    while (available() < bytes) {
      if (!fill(bytes)) {
        return false;
      }
    }
    return true;
  }

  /** Makes the window longer by what there is; false at the end of the body. */
  boolean fill() throws IOException {
    return fill(available() + 1);
  }

  private boolean fill(int wanted) throws IOException {
    if (start > 0 && start + wanted > buffer.length) {
      System.arraycopy(buffer, start, buffer, 0, available());
      end -= start;
      start = 0;
    }
    if (wanted > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(wanted, buffer.length * 2));
    }
    if (in.available() == 0) {
      answers.offer();
    }
    int read = in.read(buffer, end, buffer.length - end);
    if (read < 0) {
      return false;
    }
    end += read;
    return true;
  }
}
