package io.vmxdecision.app.overload;

import io.vmxdecision.app.connection.PacedResponse;
import io.vmxdecision.app.contract.BodyMeter;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The place of one request, and the bytes of its body, until it is closed. For one thread at a time, but for
 * {@link #yieldPlace}.
 */
final class Admission implements AutoCloseable, BodyMeter, PacedResponse.Waiting {
  private final InFlight inFlight;
  private final Semaphore places;
  private final AtomicBoolean placed = new AtomicBoolean();
  private long bytes;

  /** One without a place yet, or with one that was taken from another. */
  Admission(InFlight inFlight, Semaphore places, boolean placed) {
    this.inFlight = inFlight;
    this.places = places;
    this.placed.set(placed);
  }

  /**
   * Takes a place.
   *
   * @return whether there was one
   */
  boolean tryPlace() {
    boolean taken = places.tryAcquire();
    if (taken) {
      placed.set(true);
    }
    return taken;
  }

  /** Takes {@code count} more bytes for the body, or refuses the request. */
  @Override
  public void read(long count) {
    if (!inFlight.tryReserve(count)) {
      throw inFlight.noRoomForBytes();
    }
    bytes += count;
  }

  /** Lends the place to others. */
  @Override
  public void begins() {
    places.release();
  }

  /** Takes it back, after those who got one; which is soon, since nobody has one while waiting for a client. */
  @Override
  public void ends() {
    places.acquireUninterruptibly();
  }

  /** Leaves the place to who asks first; false if it was given back, or left, before. */
  boolean yieldPlace() {
    return placed.compareAndSet(true, false);
  }

  /** Gives everything back. */
  @Override
  public void close() {
    inFlight.release(bytes);
    if (yieldPlace()) {
      places.release();
    }
  }
}
