package io.vmxdecision.app.scenario;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/**
 * Counts scenarios, {@code vmx.scenarios}, and their events, {@code vmx.scenario.events}. Both are there from
 * the start.
 */
@Component
class ScenarioMetrics {
  private final Counter scenarios;
  private final Counter events;

  ScenarioMetrics(MeterRegistry meters) {
    scenarios =
        Counter.builder("vmx.scenarios").description("Scenarios that were played").register(meters);
    events =
        Counter.builder("vmx.scenario.events").description("Events of scenarios that were answered")
            .register(meters);
  }

  void countScenario() {
    scenarios.increment();
  }

  void countEvent() {
    events.increment();
  }
}
