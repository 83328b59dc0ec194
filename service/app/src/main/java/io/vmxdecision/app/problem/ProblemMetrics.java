package io.vmxdecision.app.problem;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Counts rejected requests: {@code vmx.requests.rejected}, by {@code kind}. */
@Component
public class ProblemMetrics {
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
}
