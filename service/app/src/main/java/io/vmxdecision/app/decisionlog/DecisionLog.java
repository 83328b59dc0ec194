package io.vmxdecision.app.decisionlog;

import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.ContextBase;
import ch.qos.logback.core.status.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Writes decisions down, if {@link DecisionLogProperties} say so: a line each, to a file or to the standard
 * output. It has appenders of its own, which no configuration of other logs reaches.
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
  private final RareWarning warning = new RareWarning();

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
    Context context = new ContextBase();
    context.setName("decision-log");
    context.getStatusManager().add(this::tell);
    Appender<byte[]> target =
        properties.file() == null ? standardOutput(context) : file(properties, context);
    queue = new LineQueue(properties.queue().toBytes(), target, context);
  }

  private static Counter dropped(String reason, MeterRegistry meters) {
    return Counter.builder("vmx.decision.log.dropped")
        .description("Lines of the decision log that were lost")
        .tag("reason", reason)
        .register(meters);
  }

  private static Appender<byte[]> standardOutput(Context context) {
    ConsoleAppender<byte[]> appender = new ConsoleAppender<>();
    appender.setName("decision-log-stdout");
    appender.setContext(context);
    appender.setEncoder(LineEncoder.started(context));
    appender.start();
    return appender;
  }

  private Appender<byte[]> file(DecisionLogProperties properties, Context context) {
    String file = String.valueOf(properties.file());
    RotatingFile appender = RotatingFile.open(properties, file, context, this::countNotWritten);
    if (!appender.isStarted()) {
      throw new IllegalArgumentException(
          "vmx-decision.decision-log.file cannot be written: " + file);
    }
    return appender;
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

  /** Writes what waits. */
  @Override
  public void destroy() {
    if (queue != null) {
      queue.stop();
      if (queue.left() != 0) {
        LOG.warn("The decision log could not be written to its end: {} lines are lost", queue.left());
      }
    }
  }

  private void countQueueFull() {
    if (queueFull != null) {
      queueFull.increment();
      warning.say(
          "Lines of the decision log are dropped: more come than can be written;"
              + " vmx.decision.log.dropped counts them");
    }
  }

  private void countNotWritten() {
    if (notWritten != null) {
      notWritten.increment();
      warning.say(
          "Lines of the decision log are lost: they cannot be written; vmx.decision.log.dropped"
              + " counts them");
    }
  }

  /** What Logback has to say of its own work: why a file cannot be written. */
  private void tell(Status status) {
    if (status.getEffectiveLevel() >= Status.WARN) {
      Throwable cause = status.getThrowable();
      warning.say(
          "The decision log: " + status.getMessage() + (cause == null ? "" : ": " + cause.getMessage()));
    }
  }
}
