package io.vmxdecision.app.overload;

import io.vmxdecision.app.contract.BodyMeter;
import java.util.concurrent.Semaphore;

/** The place of one request, and the bytes of its body, until it is closed. For one thread at a time. */
final class Admission implements AutoCloseable, BodyMeter {
  private final InFlight inFlight;
  private final Semaphore places;
  private long bytes;

  Admission(InFlight inFlight, Semaphore places) {
    this.inFlight = inFlight;
    this.places = places;
  }

  /** Takes {@code count} more bytes for the body, or refuses the request. */
  @Override
  public void read(long count) {
    if (!inFlight.tryReserve(count)) {
      throw inFlight.noRoomForBytes();
    }
    bytes += count;
  }

  /** Gives everything back. */
  @Override
  public void close() {
    inFlight.release(bytes);
    places.release();
  }
}
