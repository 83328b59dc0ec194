package io.vmxdecision.app.server.exchange;

import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Arrays;

/**
 * A sliding window over the request's body: the bytes that were received and not answered yet. It grows to
 * the size of the largest message.
 */
public final class StreamInput {
  private static final int INITIAL_BYTES = 2 * Spool.CHUNK_BYTES;

  private final BodyMeter meter;
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int start;
  private int end;
  private long position;
  private boolean ended;

  /** An empty window. {@code meter} meters its growth. */
  public StreamInput(BodyMeter meter) {
    this.meter = meter;
  }

  /** The array that holds the window. {@link #append} may replace it. */
  public byte[] buffer() {
    return buffer;
  }

  /** Where the window starts in {@link #buffer()}. */
  public int start() {
    return start;
  }

  /** The length of the window in bytes. */
  public int available() {
    return end - start;
  }

  /** The offset of the window's start in the body. */
  public long position() {
    return position;
  }

  /** Whether the window reaches to the end of the body. */
  public boolean isEnded() {
    return ended;
  }

  /** Moves the start of the window forward. */
  public void skip(int bytes) {
    start += bytes;
    position += bytes;
  }

  /**
   * Appends a chunk to the window.
   *
   * @throws RejectedRequestException when there is no heap for it; then the chunk is not appended
   */
  public void append(Spool.Chunk chunk) {
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

  /** Marks the end of the body. */
  void end() {
    ended = true;
  }
}
