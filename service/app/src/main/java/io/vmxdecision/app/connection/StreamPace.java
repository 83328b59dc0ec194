package io.vmxdecision.app.connection;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/**
 * How fast the client of a stream is, that may pause: by what it moved in the last while, either way. What it sent
 * counts when answers to it are written, and no more of it than an answer may stand for: blank lines are no work, and
 * keep no place. Told by the threads that move it, asked by any.
 */
public final class StreamPace {
  /** The attribute of a stream's request that has its pace. */
  public static final String ATTRIBUTE = "io.vmxdecision.app.connection.StreamPace";

  /** How much longer a request may be than its answer: pages of a request are in no answer. */
  private static final long SENT_PER_ANSWER = 64;

  private final long windowNanos;
  private final long enough;
  private final LongSupplier nanoTime;
  private long windowBegan;
  private long inWindow;
  private long inWindowBefore;
  private volatile boolean writing;
  private long unanswered;
  private long movedSoFar;

  /** The pace of a stream that begins now. */
  public StreamPace(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  /** The pace of a stream that begins now, by a clock. */
  public StreamPace(ClientLimits limits, LongSupplier nanoTime) {
    this.windowNanos = limits.patience().toNanos();
    this.enough = limits.bytesPerSecond().toBytes() * limits.patience().toMillis() / 1000;
    this.nanoTime = nanoTime;
    this.windowBegan = nanoTime.getAsLong();
    this.inWindowBefore = enough; // who has just begun is not slow
  }

  /** So many bytes were read from the client. */
  synchronized void sent(long count) {
    unanswered += count;
  }

  /** So many bytes of answers were written to the client. */
  synchronized void answered(long count) {
    turn();
    long sent = Math.min(unanswered, SENT_PER_ANSWER * count);
    unanswered -= sent;
    inWindow += count + sent;
    movedSoFar += count + sent;
  }

  /** All bytes that count, since the stream began. */
  public synchronized long movedSoFar() {
    return movedSoFar;
  }

  /**
   * Bytes per {@code patience} that it lacks, or 0 if it is fast enough.
   *
   * @return larger for slower clients
   */
  public synchronized long lack() {
    turn();
    return Math.max(0, enough - Math.max(inWindow, inWindowBefore));
  }

  /** Whether a write to the client is under way. */
  public boolean isWriting() {
    return writing;
  }

  /** The same stream, whose bytes are counted. */
  public InputStream counting(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        sent(Math.max(0, read));
        return read;
      }
    };
  }

  /** The same stream, whose bytes are counted. */
  public OutputStream counting(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] buffer, int offset, int length) throws IOException {
        writing = true;
        try {
          out.write(buffer, offset, length);
        } finally {
          writing = false;
        }
        answered(length);
      }
    };
  }

  private void turn() {
    long now = nanoTime.getAsLong();
    if (now - windowBegan >= windowNanos) {
      inWindowBefore = now - windowBegan < 2 * windowNanos ? inWindow : 0;
      inWindow = 0;
      windowBegan = now;
    }
  }
}
