package io.vmxdecision.app.support;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread does, without taking the CPU that it needs for it. */
public final class Await {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private Await() {}

  /**
   * Waits until {@code holds}, for two minutes at most.
   *
   * @param what what it waits for, in words
   * @throws AssertionError when it does not come
   */
  public static void until(String what, BooleanSupplier holds) {
    long began = System.nanoTime();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - began > LIMIT.toNanos()) {
        throw new AssertionError("waited in vain until " + what);
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting until " + what, e);
      }
    }
  }
}
