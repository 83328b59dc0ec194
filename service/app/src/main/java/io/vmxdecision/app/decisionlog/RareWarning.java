package io.vmxdecision.app.decisionlog;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A warning about what may happen a million times a second. It is said once a minute at most.
 *
 * <p>Safe for use by any thread.
 */
final class RareWarning {
  static final Duration PAUSE = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);

  private final String text;
  private final LongSupplier nanoTime;
  private @Nullable Long said;

  RareWarning(String text) {
    this(text, System::nanoTime);
  }

  RareWarning(String text, LongSupplier nanoTime) {
    this.text = text;
    this.nanoTime = nanoTime;
  }

  /** Says it, if it is due, and what it comes from. */
  synchronized void say(@Nullable Exception cause) {
    long now = nanoTime.getAsLong();
    if (said == null || now - said >= PAUSE.toNanos()) {
      said = now;
      LOG.warn(cause == null ? text : text + ": " + cause.getMessage());
    }
  }
}
