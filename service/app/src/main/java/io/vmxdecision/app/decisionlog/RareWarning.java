package io.vmxdecision.app.decisionlog;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what may happen a million times a second no more than once a minute. */
final class RareWarning {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  /** When a text was said last. There are few different ones. */
  private final ConcurrentMap<String, Long> said = new ConcurrentHashMap<>();

  void say(String text) {
    long now = System.nanoTime();
    Long last = said.get(text);
    boolean due = last == null
        ? said.putIfAbsent(text, now) == null
        : now - last >= PAUSE_NANOS && said.replace(text, last, now);
    if (due) {
      LOG.warn(text);
    }
  }
}
