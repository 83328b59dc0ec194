package io.vmxdecision.app.server.clients;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells whether a client is fast enough in sending a body or in reading an answer. Fast bytes earn no more
 * time than the patience, so a client that stops is cut off after that time. For use by one thread at a time.
 */
public final class MinimumRate {
  private static final double NANOS_PER_SECOND = 1e9;

  private final long patienceNanos;
  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long deadline;

  /** A rate that is measured from now on. */
  public MinimumRate(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  MinimumRate(ClientLimits limits, LongSupplier nanoTime) {
    this.patienceNanos = limits.patience().toNanos();
    this.bytesPerSecond = limits.bytesPerSecond().toBytes();
    this.nanoTime = nanoTime;
    this.deadline = nanoTime.getAsLong() + patienceNanos;
  }

  /** Counts bytes that were sent or read. */
  public void moved(long count) {
    long now = nanoTime.getAsLong();
    double left = (double) (deadline - now) + (double) count / bytesPerSecond * NANOS_PER_SECOND;
    deadline = now + (long) Math.min(left, (double) patienceNanos);
  }

  /** How long the client may still pause, in milliseconds; 0 or less when it is too slow. */
  public long millisLeft() {
    return TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong());
  }
}
