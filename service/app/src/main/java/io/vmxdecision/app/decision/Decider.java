package io.vmxdecision.app.decision;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks the engine, whoever wants to know: requests in JSON, a binary stream, the replay of a log. What could be
 * decided is timed, counted by its outcome, and written down where a log is kept; what could not is none of these.
 *
 * <p>Allocates nothing unless the decision is written down. Safe for use by as many threads as its counter is.
 */
public final class Decider {
  private static final DecisionCounter UNCOUNTED = new DecisionCounter() {
    @Override
    public boolean timesNext() {
      return false;
    }

    @Override
    public void time(long nanos) {
      // nobody wants to know
    }

    @Override
    public void count(Decision decision) {
      // nobody wants to know
    }
  };

  private final DecisionEngine byDefault = new DecisionEngine();
  private final Map<String, DecisionEngine> others =
      Profile.all().stream().collect(Collectors.toUnmodifiableMap(Profile::id, DecisionEngine::of));
  private final DecisionCounter counter;
  private final @Nullable DecisionRecorder recorder;

  private Decider(DecisionCounter counter, @Nullable DecisionRecorder recorder) {
    this.counter = counter;
    this.recorder = recorder;
  }

  /** One that tells {@code counter} and {@code recorder} of its decisions. */
  public static Decider of(DecisionCounter counter, DecisionRecorder recorder) {
    return new Decider(counter, recorder);
  }

  /** One that neither counts nor writes down. */
  static Decider silent() {
    return new Decider(UNCOUNTED, null);
  }

  /**
   * Decides {@code exit} into {@code decision} as the L0 of {@code profile}; the outcome is to be read first.
   *
   * @param asked what is written down besides, only called for that; null if nothing is to be
   * @return the answer that was written down, or null if none was
   */
  public @Nullable RecordedAnswer decide(
      Profile profile,
      Snapshot snapshot,
      VmExit exit,
      Decision decision,
      @Nullable Supplier<Asked> asked) {
    DecisionEngine engine = of(profile);
    boolean recorded = recorder != null && asked != null && recorder.isOn();
    // Reading the clock is nothing beside writing a decision down.
    boolean timed = counter.timesNext() || recorded;
    long start = timed ? System.nanoTime() : 0;
    engine.decide(snapshot, exit, decision);
    long nanos = timed ? System.nanoTime() - start : 0;
    if (decision.outcome() != Outcome.DECIDED) {
      return null;
    }
    if (timed) {
      counter.time(nanos);
    }
    counter.count(decision);
    return recorder != null && asked != null && recorded ? recorder.record(asked, decision, nanos) : null;
  }

  @SuppressWarnings("ReferenceEquality") // any other instance finds its engine too, but not as fast
  private DecisionEngine of(Profile profile) {
    return profile == Profile.DEFAULT ? byDefault : requireNonNull(others.get(profile.id()));
  }
}
