package io.vmxdecision.app.problem;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A warning about what may happen a million times a second. It is said once a minute at most.
 *
 * <p>Safe for use by any thread.
 */
public final class RareWarning {
  static final Duration PAUSE = Duration.ofMinutes(1);

  private final Logger log;
  private final String text;
  private final LongSupplier nanoTime;
  private @Nullable Long said;

  /** A warning with that text in {@code log}. */
  public RareWarning(Logger log, String text) {
    this(log, text, System::nanoTime);
  }

  RareWarning(Logger log, String text, LongSupplier nanoTime) {
    this.log = log;
    this.text = text;
    this.nanoTime = nanoTime;
  }

  /** Says it, if it is due, and what it comes from. */
  public synchronized void say(@Nullable Throwable cause) {
    long now = nanoTime.getAsLong();
    if (said == null || now - said >= PAUSE.toNanos()) {
      said = now;
      log.warn(cause == null ? text : text + ": " + cause.getMessage());
    }
  }
}
