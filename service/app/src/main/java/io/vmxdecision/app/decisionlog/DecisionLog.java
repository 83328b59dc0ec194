package io.vmxdecision.app.decisionlog;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.problem.RareWarning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Writes decisions down, if {@link DecisionLogProperties} say so: a line each, to a file or to the standard
 * output. No configuration of other logs reaches it.
 *
 * <p>No decision waits for it, and none fails because of it. A line for which there is no room, or that
 * cannot be written, is dropped, counted in {@code vmx.decision.log.dropped} (by {@code reason}: {@code
 * queue_full} or {@code not_written}), and that this happens is said in the service's own log.
 *
 * <p>Safe for use by any thread.
 */
@Component
public final class DecisionLog implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);

  private final DecisionLines lines;
  private final @Nullable LineQueue queue;
  private final @Nullable Counter queueFull;
  private final @Nullable Counter notWritten;
  private final RareWarning dropping = new RareWarning(
      LOG, "Lines of the decision log are dropped: more come than can be written;"
          + " vmx.decision.log.dropped counts them");
  private final RareWarning losing = new RareWarning(
      LOG,
      "Lines of the decision log are lost: they cannot be written; vmx.decision.log.dropped counts them");

  DecisionLog(DecisionLogProperties properties, MeterRegistry meters) {
    lines = new DecisionLines(properties.pages());
    if (!properties.enabled()) {
      queue = null;
      queueFull = null;
      notWritten = null;
      return;
    }
    queueFull = dropped("queue_full", meters);
    notWritten = dropped("not_written", meters);
    Path file = properties.file();
    LineTarget target = file == null ? new LineTarget.StandardOutput() : open(file, properties);
    queue = new LineQueue(properties.queue().toBytes(), target, this::countNotWritten);
  }

  private static Counter dropped(String reason, MeterRegistry meters) {
    return Counter.builder("vmx.decision.log.dropped")
        .description("Lines of the decision log that were lost")
        .tag("reason", reason)
        .register(meters);
  }

  private static LogFile open(Path file, DecisionLogProperties properties) {
    try {
      return new LogFile(file, properties.maxFileSize().toBytes(), properties.maxFiles());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "vmx-decision.decision-log.file cannot be written: " + file, e);
    }
  }

  /** Whether decisions are written down. */
  public boolean isOn() {
    return queue != null;
  }

  /** Whether there is room for a line now; if not, a line is counted as dropped. */
  public boolean hasRoom() {
    if (queue != null && queue.hasRoom()) {
      return true;
    }
    countQueueFull();
    return false;
  }

  /** Writes an entry down, soon. The caller may use what it refers to again at once. */
  public void write(Entry entry) {
    if (queue != null && !queue.offer(lines.line(entry, Instant.now()))) {
      countQueueFull();
    }
  }

  /** Writes what waits, for up to 10 s. */
  @Override
  public void destroy() {
    int left = queue == null ? 0 : queue.stop();
    if (left != 0 && notWritten != null) {
      notWritten.increment(left);
      LOG.warn("The decision log could not be written to its end: {} lines are lost", left);
    }
  }

  private void countQueueFull() {
    if (queueFull != null) {
      queueFull.increment();
      dropping.say(null);
    }
  }

  private void countNotWritten(Exception cause) {
    if (notWritten != null) {
      notWritten.increment();
      losing.say(cause);
    }
  }
}
