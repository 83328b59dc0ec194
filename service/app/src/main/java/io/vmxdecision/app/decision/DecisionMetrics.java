package io.vmxdecision.app.decision;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.snapshot.Level;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Counts decisions:
 *
 * <ul>
 *   <li>{@code vmx.decisions}, by {@code handled.by} and {@code outcome}: {@code reflected}, {@code
 *       kept}, {@code synthetic_exit}, {@code exception}, or the name of the hypercall's status
 *   <li>{@code vmx.decision.duration}, the engine's time per decision
 *   <li>{@code vmx.flush.ineligible}, flush hypercalls of L2 that went to L1, by the {@code condition}
 *       of F1 to F4 that failed first
 * </ul>
 */
@Component
class DecisionMetrics {
  private static final Rule[] CONDITIONS = {Rule.F1, Rule.F2, Rule.F3, Rule.F4};

  private final MeterRegistry meters;
  private final Timer duration;

  DecisionMetrics(MeterRegistry meters) {
    this.meters = meters;
    this.duration =
        Timer.builder("vmx.decision.duration")
            .description("Time the engine takes per decision")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100))
            .maximumExpectedValue(Duration.ofMillis(10))
            .register(meters);
  }

  void record(Decision decision, long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
    String handledBy = decision.handledBy().name();
    meters
        .counter("vmx.decisions", "handled.by", handledBy, "outcome", outcome(decision))
        .increment();
    boolean flushReflected = decision.handledBy() == Level.L1 && decision.met(Rule.F5);
    if (flushReflected) {
      meters.counter("vmx.flush.ineligible", "condition", firstUnmet(decision)).increment();
    }
  }

  private static String outcome(Decision decision) {
    HypercallOutcome hypercall = decision.hypercall();
    if (!hypercall.isHandled()) {
      return decision.handledBy() == Level.L1 ? "reflected" : "kept";
    }
    if (hypercall.isInvalidOpcode()) {
      return "exception";
    }
    return decision.isSyntheticExit()
        ? "synthetic_exit"
        : hypercall.status().name().toLowerCase(Locale.ROOT);
  }

  private static String firstUnmet(Decision decision) {
    for (Rule rule : CONDITIONS) {
      if (!decision.met(rule)) {
        return rule.id();
      }
    }
    return "none";
  }
}
