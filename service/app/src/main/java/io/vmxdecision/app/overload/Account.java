package io.vmxdecision.app.overload;

import java.util.concurrent.atomic.AtomicLong;

/** So many bytes for all clients together, of heap or of disk. Safe for use by any thread, and exact. */
final class Account {
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
