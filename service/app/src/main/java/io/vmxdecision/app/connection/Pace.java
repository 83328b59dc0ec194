package io.vmxdecision.app.connection;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a client moves bytes fast enough: a body that it sends, or an answer that it reads. Bytes that were moved
 * fast buy no more time than the patience: so who stops is waited for so long, and no longer. For one thread at a
 * time.
 */
public final class Pace {
  private static final double NANOS_PER_SECOND = 1e9;

  private final long patienceNanos;
  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long deadline;

  /** A pace that begins now. */
  public Pace(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  Pace(ClientLimits limits, LongSupplier nanoTime) {
    this.patienceNanos = limits.patience().toNanos();
    this.bytesPerSecond = limits.bytesPerSecond().toBytes();
    this.nanoTime = nanoTime;
    this.deadline = nanoTime.getAsLong() + patienceNanos;
  }

  /** So many bytes were moved. */
  public void moved(long count) {
    long now = nanoTime.getAsLong();
    double left = (double) (deadline - now) + (double) count / bytesPerSecond * NANOS_PER_SECOND;
    deadline = now + (long) Math.min(left, (double) patienceNanos);
  }

  /** For how long the client need not move anything, in milliseconds; 0 or less when it is too slow. */
  public long millisLeft() {
    return TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong());
  }
}
