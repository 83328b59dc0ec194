package io.vmxdecision.app.support;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or process does, and leaves it the CPU meanwhile. */
public final class Await {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long POLL_MILLIS = 5;

  private Await() {}

  /**
   * Waits until a condition holds.
   *
   * @param what the condition in words
   * @throws AssertionError if it does not hold within two minutes
   */
  public static void await(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > PATIENCE.toNanos()) {
        throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what);
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
