package io.vmxdecision.app.problem;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Counts rejected requests: {@code vmx.requests.rejected}, by {@code kind}. */
@Component
public class ProblemMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemMetrics.class);
  private static final int FRAMES = 12;

  private final Map<ProblemKind, Counter> counters = new EnumMap<>(ProblemKind.class);

  ProblemMetrics(MeterRegistry meters) {
    for (ProblemKind kind : ProblemKind.values()) {
      counters.put(kind, meters.counter("vmx.requests.rejected", "kind", kind.slug()));
    }
  }

  /** Counts one. */
  public void count(ProblemKind kind) {
    Counter counter = counters.get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  /**
   * Counts a fault of the service itself, and logs where it is: the classes and the frames of the exception and its
   * causes. Their messages may hold values of a request, so they are not logged.
   *
   * @return what the client is told
   */
  public ProblemAnswer unexpected(Throwable fault) {
    count(ProblemKind.INTERNAL);
    StringBuilder where = new StringBuilder();
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      where.append(where.isEmpty() ? "" : "; caused by ").append(cause.getClass().getName());
      StackTraceElement[] frames = cause.getStackTrace();
      for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
        where.append(" at ").append(frames[i]);
      }
    }
    LOG.error("A request failed: {}", where);
    return ProblemAnswer.of(ProblemKind.INTERNAL, "See the service's log.", List.of());
  }
}
