package io.vmxdecision.app.overload;

import io.vmxdecision.app.connection.PacedResponse;
import io.vmxdecision.app.contract.BodyMeter;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The place of one request, and the bytes that it has drawn, until it is closed. Places are for one thread at a
 * time, but for {@link #yieldPlace}; bytes are for any.
 */
final class Admission implements AutoCloseable, BodyMeter, PacedResponse.Waiting {
  private final InFlight inFlight;
  private final Semaphore places;
  private final AtomicBoolean placed = new AtomicBoolean();
  private final AtomicLong heap = new AtomicLong();
  private final AtomicLong disk = new AtomicLong();

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

  @Override
  public void read(long heapBytes) {
    if (!inFlight.heap().tryTake(heapBytes)) {
      throw inFlight.noRoomForBytes();
    }
    heap.addAndGet(heapBytes);
  }

  /**
   * Takes bytes of heap while a body is waited for.
   *
   * @throws RejectedRequestException (503) when there are none left for that; then nothing was taken
   */
  void readToWait(long heapBytes) {
    if (!inFlight.heap().tryTakeToWait(heapBytes, heap.get())) {
      throw inFlight.noRoomForBytes();
    }
    heap.addAndGet(heapBytes);
  }

  /** Takes bytes of heap, or all that there are for the largest request if that is less: alone it gets in. */
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
    inFlight.heap().giveBack(heap.getAndSet(0));
    inFlight.disk().giveBack(disk.getAndSet(0));
    if (yieldPlace()) {
      places.release();
    }
  }
}
