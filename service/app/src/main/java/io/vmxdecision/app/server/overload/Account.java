package io.vmxdecision.app.server.overload;

import java.util.concurrent.atomic.AtomicLong;

/** A budget of bytes for all clients together, of heap or of disk. Exact, and safe for use by any thread. */
final class Account {
  /** One part in so many is kept for requests that wait for no client. */
  private static final int KEPT = 8;

  private final long most;
  private final AtomicLong held = new AtomicLong();

  Account(long most) {
    this.most = most;
  }

  /**
   * Takes {@code bytes}, 0 or more.
   *
   * @return false if fewer are left; then nothing was taken
   */
  boolean tryTake(long bytes) {
    long before;
    do {
      before = held.get();
      if (bytes > most - before) {
        return false;
      }
    } while (!held.compareAndSet(before, before + bytes));
    return true;
  }

  /**
   * As {@link #tryTake}, for a request that waits for its client. It leaves an eighth of {@link #most} for
   * others, unless the {@code own} bytes of the caller are the only ones taken.
   */
  boolean tryTakeToWait(long bytes, long own) {
    long before;
    do {
      before = held.get();
      long kept = before == own ? 0 : most / KEPT;
      if (bytes > most - kept - before) {
        return false;
      }
    } while (!held.compareAndSet(before, before + bytes));
    return true;
  }

  /** Gives back bytes that were taken. */
  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }

  /** How many bytes are taken. */
  long held() {
    return held.get();
  }

  /** How many bytes there are. */
  long most() {
    return most;
  }
}
