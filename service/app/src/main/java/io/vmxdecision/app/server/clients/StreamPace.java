package io.vmxdecision.app.server.clients;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/**
 * How fast the client of a stream is, by the bytes of the last window in both directions. The client may
 * pause. What it sends counts when it is answered, up to {@value #SENT_PER_ANSWER} bytes for each byte of an
 * answer: blank lines cause no work and keep no stream open.
 *
 * <p>Safe for use by any thread.
 */
public final class StreamPace {
  /** The attribute of a stream's request that holds its pace. */
  public static final String ATTRIBUTE = "io.vmxdecision.app.server.clients.StreamPace";

  /** How much longer a request may be than its answer, which holds no pages. */
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

  /** The pace of a stream that begins now, by the clock {@code nanoTime}. */
  public StreamPace(ClientLimits limits, LongSupplier nanoTime) {
    this.windowNanos = limits.patience().toNanos();
    this.enough = limits.bytesPerSecond().toBytes() * limits.patience().toMillis() / 1000;
    this.nanoTime = nanoTime;
    this.windowBegan = nanoTime.getAsLong();
    this.inWindowBefore = enough; // a stream that has just begun is not slow
  }

  /** Counts bytes that were read from the client. */
  synchronized void sent(long count) {
    unanswered += count;
  }

  /** Counts bytes of answers that were written to the client. */
  synchronized void answered(long count) {
    turn();
    long sent = Math.min(unanswered, SENT_PER_ANSWER * count);
    unanswered -= sent;
    inWindow += count + sent;
    movedSoFar += count + sent;
  }

  /** All bytes that count towards the pace since the stream began. */
  public synchronized long movedSoFar() {
    return movedSoFar;
  }

  /**
   * How many bytes per {@code patience} are missing, or 0 if the client is fast enough.
   *
   * @return larger for slower clients
   */
  public synchronized long lack() {
    turn();
    return Math.max(0, enough - Math.max(inWindow, inWindowBefore));
  }

  /** Whether a write to the client is in progress. */
  public boolean isWriting() {
    return writing;
  }

  /** Wraps {@code in}, and counts its bytes. */
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

  /** Wraps {@code out}, and counts its bytes. */
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
