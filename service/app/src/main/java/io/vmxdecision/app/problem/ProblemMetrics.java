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
   * Counts a fault of the service itself, and logs where it is.
   *
   * @return what the client is told
   */
  public ProblemAnswer unexpected(Throwable fault) {
    count(ProblemKind.INTERNAL);
    LOG.error("A request failed: {}", Faults.where(fault));
    return ProblemAnswer.of(ProblemKind.INTERNAL, "See the service's log.", List.of());
  }
}
