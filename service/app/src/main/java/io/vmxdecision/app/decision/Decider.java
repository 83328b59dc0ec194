package io.vmxdecision.app.decision;

import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the engine, whoever wants to know: requests in JSON, a binary stream. What could be decided is timed, counted by
 * its outcome, and written down where a log is kept; what could not is none of these.
 *
 * <p>Allocates nothing unless the decision is written down. Safe for use by as many threads as its counter is.
 */
public final class Decider {
  private final DecisionCounter counter;
  private final DecisionRecorder recorder;

  private Decider(DecisionCounter counter, DecisionRecorder recorder) {
    this.counter = counter;
    this.recorder = recorder;
  }

  /** One that tells {@code counter} and {@code recorder} of its decisions. */
  public static Decider of(DecisionCounter counter, DecisionRecorder recorder) {
    return new Decider(counter, recorder);
  }

  /**
   * Decides {@code exit} into {@code decision}, which knows by what profile; {@link ProfileDecision#isDecided} is to be
   * read first.
   *
   * @param asked what is written down besides, only called for that
   * @return the answer that was written down, or null if none was
   */
  public @Nullable RecordedAnswer decide(
      ProfileDecision decision,
      Snapshot snapshot,
      VmExit exit,
      Supplier<Asked> asked) {
    boolean recorded = recorder.isOn();
    // Reading the clock is nothing beside writing a decision down.
    boolean timed = counter.timesNext() || recorded;
    long start = timed ? System.nanoTime() : 0;
    decision.decide(snapshot, exit);
    long nanos = timed ? System.nanoTime() - start : 0;
    if (!decision.isDecided()) {
      return null;
    }
    if (timed) {
      counter.time(nanos);
    }
    counter.count(decision);
    return recorded ? recorder.record(asked, decision, nanos) : null;
  }
}
