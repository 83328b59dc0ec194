package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.server.clients.MinimumRateResponse;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The place of one request or stream, and the bytes that it has taken, until it is closed. Methods about
 * places are for one thread at a time, except {@link #yieldPlace}. Methods about bytes are safe for use by
 * any thread.
 */
final class Admission implements AutoCloseable, BodyMeter, MinimumRateResponse.Waiting {
  private final InFlight inFlight;
  private final Semaphore places;
  private final AtomicBoolean placed = new AtomicBoolean();
  private final AtomicLong heap = new AtomicLong();
  private final AtomicLong disk = new AtomicLong();

  /** An admission without a place, or ({@code placed}) with the place of another. */
  Admission(InFlight inFlight, Semaphore places, boolean placed) {
    this.inFlight = inFlight;
    this.places = places;
    this.placed.set(placed);
  }

  /**
   * Takes a place.
   *
   * @return whether one was free
   */
  boolean tryPlace() {
    boolean taken = places.tryAcquire();
    if (taken) {
      placed.set(true);
    }
    return taken;
  }

  @Override
  public void read(long heapBytes) {
    if (heapBytes > inFlight.heap().most() - heap.get()) { // not even if it were alone
      throw new RejectedRequestException(
          ProblemKind.PAYLOAD_TOO_LARGE,
          "The request takes more of the heap than this service has for all requests together.");
    }
    if (!inFlight.heap().tryTake(heapBytes)) {
      throw inFlight.noRoomForBytes();
    }
    heap.addAndGet(heapBytes);
  }

  /**
   * Takes bytes of heap while the body is still being received.
   *
   * @throws RejectedRequestException (503) when too few are left for that; then nothing was taken
   */
  void readToWait(long heapBytes) {
    if (!inFlight.heap().tryTakeToWait(heapBytes, heap.get())) {
      throw inFlight.noRoomForBytes();
    }
    heap.addAndGet(heapBytes);
  }

  /** Takes bytes of heap, at most all that there are, so that the largest request gets in when it is alone. */
  void readAtMostAll(long heapBytes) {
    read(Math.min(heapBytes, inFlight.heap().most() - heap.get()));
  }

  @Override
  public void release(long heapBytes) {
    heap.addAndGet(-heapBytes);
    inFlight.heap().giveBack(heapBytes);
  }

  @Override
  public boolean tryDisk(long bytes) {
    boolean taken = inFlight.disk().tryTake(bytes);
    if (taken) {
      disk.addAndGet(bytes);
    }
    return taken;
  }

  @Override
  public void releaseDisk(long bytes) {
    disk.addAndGet(-bytes);
    inFlight.disk().giveBack(bytes);
  }

  /** Releases the place while the request waits for its client. */
  @Override
  public void lend() {
    places.release();
  }

  /** Takes the place back. The wait is short, since no request keeps its place while it waits for a client. */
  @Override
  public void takeBack() {
    places.acquireUninterruptibly();
  }

  /**
   * Gives the place up without a release, so that the caller can hand it on.
   *
   * @return false if there is none any more
   */
  boolean yieldPlace() {
    return placed.compareAndSet(true, false);
  }

  /** Gives back the bytes and the place. */
  @Override
  public void close() {
    inFlight.heap().giveBack(heap.getAndSet(0));
    inFlight.disk().giveBack(disk.getAndSet(0));
    if (yieldPlace()) {
      places.release();
    }
  }
}
