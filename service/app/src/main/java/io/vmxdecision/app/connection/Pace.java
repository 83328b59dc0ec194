package io.vmxdecision.app.connection;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a client moves bytes fast enough: a body that it sends, or an answer that it reads. For one thread
 * at a time.
 */
public final class Pace {
  private final long patienceMillis;
  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private final long began;
  private long bytes;

  /** A pace that begins now. */
  public Pace(ClientLimits limits) {
    this(limits, System::nanoTime);
  }

  Pace(ClientLimits limits, LongSupplier nanoTime) {
    this.patienceMillis = limits.patience().toMillis();
    this.bytesPerSecond = limits.bytesPerSecond().toBytes();
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /** So many bytes were moved. */
  public void moved(long count) {
    bytes += count;
  }

  /** For how long the client need not move anything, in milliseconds; 0 or less when it is too slow. */
  public long millisLeft() {
    long taken = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - began);
    return patienceMillis + bytes * 1000 / bytesPerSecond - taken;
  }
}
