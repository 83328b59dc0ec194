package io.vmxdecision.app.entry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntryDecision;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Counts decisions on VM-entries: {@code vmx.entries}, by {@code outcome}, and {@code vmx.entry.duration},
 * the engine's time per decision. All counters are there from the start.
 */
@Component
class VmEntryMetrics {
  private final Map<EntryOutcome, Counter> entries = new EnumMap<>(EntryOutcome.class);
  private final Timer duration;

  VmEntryMetrics(MeterRegistry meters) {
    for (EntryOutcome outcome : EntryOutcome.values()) {
      entries.put(
          outcome,
          Counter.builder("vmx.entries")
              .description("Decisions on VM-entries, by what becomes of them")
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(meters));
    }
    duration =
        Timer.builder("vmx.entry.duration")
            .description("Time the engine takes per decision on a VM-entry")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100))
            .maximumExpectedValue(Duration.ofMillis(10))
            .register(meters);
  }

  void count(VmEntryDecision decision, long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
    Objects.requireNonNull(entries.get(decision.outcome())).increment();
  }
}
