package io.vmxdecision.app.connection;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/**
 * How fast the client of a stream is, that may pause: by what it moved in the last while, either way. Told by
 * the threads that move it, asked by any.
 */
public final class StreamPace {
  /** The attribute of a stream's request that has its pace. */
  public static final String ATTRIBUTE = "io.vmxdecision.app.connection.StreamPace";

  private final long windowNanos;
  private final long enough;
  private final LongSupplier nanoTime;
  private long windowBegan;
  private long inWindow;
  private long inWindowBefore;
  private volatile boolean writing;

  /** The pace of a stream that begins now. */
  public StreamPace(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  /** The same by another clock, of nanoseconds. */
  public StreamPace(ClientLimits limits, LongSupplier nanoTime) {
    this.windowNanos = limits.patience().toNanos();
    this.enough = limits.bytesPerSecond().toBytes() * limits.patience().toMillis() / 1000;
    this.nanoTime = nanoTime;
    this.windowBegan = nanoTime.getAsLong();
    this.inWindowBefore = enough; // who has just begun is not slow
  }

  /** So many bytes were read from the client, or written to it. */
  public synchronized void moved(long count) {
    turn();
    inWindow += count;
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
        moved(Math.max(0, read));
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
        moved(length);
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
