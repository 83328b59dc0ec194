package io.vmxdecision.app.decision;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.rules.EligibilityRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Counts decisions:
 *
 * <ul>
 *   <li>{@code vmx.decisions}, by {@code handled.by} and {@code outcome}: {@code reflected}, {@code
 *       kept}, {@code synthetic_exit}, {@code exception}, or the name of the hypercall's status; those of
 *       {@code tlfs} also by what the text leaves open
 *   <li>{@code vmx.decision.duration}, the engine's time per decision; of a binary stream one in 64
 *   <li>{@code vmx.flush.ineligible}, flush hypercalls of L2 that went to L1, by the {@code condition}
 *       of F1 to F4 that failed first
 *   <li>{@code vmx.comparisons}, by {@code result}: {@code different} or {@code equal}. What a comparison has
 *       decided for itself is not among the decisions
 * </ul>
 *
 * <p>All counters are there from the start, so that counting allocates nothing.
 */
@Component
public class DecisionMetrics implements DecisionCounter {
  /** Reading the clock costs as much as a small decision, so of a tally's one in so many is timed. */
  private static final int DECISIONS_PER_TIMING = 64;

  private final Map<CountedOutcome, Counter> decisions = new EnumMap<>(CountedOutcome.class);
  private final Map<Rule, Counter> ineligible = new HashMap<>();
  private final Timer duration;
  private final Counter equal;
  private final Counter different;

  DecisionMetrics(MeterRegistry meters) {
    for (CountedOutcome outcome : CountedOutcome.values()) {
      decisions.put(
          outcome,
          Counter.builder("vmx.decisions")
              .description("Decisions, by who handles the exit and what comes of it")
              .tag("handled.by", outcome.handledBy())
              .tag("outcome", outcome.tag())
              .register(meters));
    }
    List<Rule> conditions = new ArrayList<>(EligibilityRules.F);
    conditions.remove(EligibilityRules.F5); // met by every flush hypercall
    conditions.add(DepartureRules.P1);
    for (Rule condition : conditions) {
      ineligible.put(
          condition,
          Counter.builder("vmx.flush.ineligible")
              .description(
                  "Flush hypercalls of L2 that went to L1, by the condition that failed first, or P1 where L0 has no such flush")
              .tag("condition", condition.id())
              .register(meters));
    }
    equal = comparisons("equal", meters);
    different = comparisons("different", meters);
    duration =
        Timer.builder("vmx.decision.duration")
            .description("Time the engine takes per decision")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100))
            .maximumExpectedValue(Duration.ofMillis(10))
            .register(meters);
  }

  private static Counter comparisons(String result, MeterRegistry meters) {
    return Counter.builder("vmx.comparisons")
        .description("Comparisons of profiles, by whether their decisions differ")
        .tag("result", result)
        .register(meters);
  }

  /** Counts a comparison of profiles. */
  void countComparison(boolean differs) {
    (differs ? different : equal).increment();
  }

  @Override
  public boolean timesNext() {
    return true;
  }

  @Override
  public void time(long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void count(ProfileDecision decision) {
    Objects.requireNonNull(decisions.get(decision.counted())).increment();
    if (isReflectedFlush(decision)) {
      Objects.requireNonNull(ineligible.get(EligibilityRules.whyIneligible(decision.rules()))).increment();
    }
  }

  /** Counts for one thread that makes many decisions. */
  public Tally tally() {
    return new Tally();
  }

  /**
   * Counts kept aside until they are published: to count where all threads do costs a tenth of a small
   * decision each time. Not thread-safe.
   */
  public final class Tally implements DecisionCounter {
    private final Map<CountedOutcome, Count> ofOutcome = new EnumMap<>(CountedOutcome.class);
    private final Map<Rule, Count> ofCondition = new HashMap<>();
    private int untilTiming;

    private Tally() {
      decisions.forEach((outcome, counter) -> ofOutcome.put(outcome, new Count(counter)));
      ineligible.forEach((condition, counter) -> ofCondition.put(condition, new Count(counter)));
    }

    @Override
    public boolean timesNext() {
      if (untilTiming-- > 0) {
        return false;
      }
      untilTiming = DECISIONS_PER_TIMING - 1;
      return true;
    }

    @Override
    public void time(long nanos) {
      DecisionMetrics.this.time(nanos);
    }

    @Override
    public void count(ProfileDecision decision) {
      Objects.requireNonNull(ofOutcome.get(decision.counted())).unpublished++;
      if (isReflectedFlush(decision)) {
        Objects
            .requireNonNull(ofCondition.get(EligibilityRules.whyIneligible(decision.rules()))).unpublished++;
      }
    }

    /** Adds what was counted since the last time to the metrics. */
    public void publish() {
      ofOutcome.values().forEach(Count::publish);
      ofCondition.values().forEach(Count::publish);
    }
  }

  private static final class Count {
    private final Counter counter;
    private int unpublished;

    Count(Counter counter) {
      this.counter = counter;
    }

    void publish() {
      if (unpublished != 0) {
        counter.increment(unpublished);
        unpublished = 0;
      }
    }
  }

  /** F5 holds of it, so one of the other conditions does not, or L0 has no L2 TLB flush. */
  private static boolean isReflectedFlush(ProfileDecision decision) {
    return decision.handledBy() == Level.L1 && decision.rules().met(EligibilityRules.F5);
  }
}
