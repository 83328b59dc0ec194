package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.BodyMeter;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Arrays;

/**
 * What has come of the request's body and is not answered yet, as a window that slides over it and grows to
 * the largest piece that has to be whole.
 */
final class StreamInput {
  private static final int INITIAL_BYTES = 2 * Spool.CHUNK_BYTES;

  private final BodyMeter meter;
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int start;
  private int end;
  private long position;
  private boolean ended;

  /** An empty window, which tells {@code meter} by how much it grows. */
  StreamInput(BodyMeter meter) {
    this.meter = meter;
  }

  /** The array that holds the window; another one after {@link #append}. */
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

  /** Whether the window reaches to the end of the body. */
  boolean isEnded() {
    return ended;
  }

  /** Leaves {@code bytes} behind. */
  void skip(int bytes) {
    start += bytes;
    position += bytes;
  }

  /**
   * Makes the window longer by a chunk.
   *
   * @throws RejectedRequestException when there is no room for that; then the chunk is not taken
   */
  void append(Spool.Chunk chunk) {
    if (end + chunk.length() > buffer.length) {
      System.arraycopy(buffer, start, buffer, 0, available());
      end -= start;
      start = 0;
    }
    if (end + chunk.length() > buffer.length) {
      meter.read(buffer.length);
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    System.arraycopy(chunk.bytes(), chunk.offset(), buffer, end, chunk.length());
    end += chunk.length();
  }

  /** Says that nothing more will be appended. */
  void end() {
    ended = true;
  }
}
