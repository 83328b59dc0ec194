package io.vmxdecision.app.overload;

import java.util.concurrent.atomic.AtomicLong;

/** So many bytes for all clients together, of heap or of disk. Safe for use by any thread, and exact. */
final class Account {
  /** The share that is kept for what waits for no client. */
  private static final int KEPT = 8;

  private final long most;
  private final AtomicLong held = new AtomicLong();

  Account(long most) {
    this.most = most;
  }

  /**
   * Takes {@code bytes}, 0 or more.
   *
   * @return false if there are not so many left; then nothing was taken
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
   * As {@link #tryTake}, for who waits for its client: of {@link #most} an eighth is kept for others, unless nobody but
   * the one who asks, and has {@code own} bytes, has taken any.
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

  /** Gives back what {@link #tryTake} took. */
  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }

  /** The bytes that are taken. */
  long held() {
    return held.get();
  }

  /** The bytes that there are. */
  long most() {
    return most;
  }
}
