package io.vmxdecision.app.connection;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a client moves bytes fast enough: a body that it sends, or an answer that it reads. Each byte earns it time
 * at the rate, but never more than {@code patience} from now on: what came fast does not pay for a long silence. For
 * one thread at a time.
 */
public final class Pace {
  private final long patienceNanos;
  private final double nanosPerByte;
  private final LongSupplier nanoTime;
  private long deadline;

  /** A pace that begins now. */
  public Pace(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  Pace(ClientLimits limits, LongSupplier nanoTime) {
    this.patienceNanos = limits.patience().toNanos();
    this.nanosPerByte = (double) TimeUnit.SECONDS.toNanos(1) / limits.bytesPerSecond().toBytes();
    this.nanoTime = nanoTime;
    this.deadline = nanoTime.getAsLong() + patienceNanos;
  }

  /** So many bytes were moved. */
  public void moved(long count) {
    long most = nanoTime.getAsLong() + patienceNanos;
    double earned = count * nanosPerByte;
    deadline = earned >= most - deadline ? most : deadline + (long) earned;
  }

  /** For how long the client need not move anything, in milliseconds; 0 or less when it is too slow. */
  public long millisLeft() {
    return TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong());
  }
}
