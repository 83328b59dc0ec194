package io.vmxdecision.app.decision;

/** What a {@link Decider} tells of its decisions, so that they are counted. */
public interface DecisionCounter {
  /** Whether the next decision is to be timed; asked once for each. */
  boolean timesNext();

  /** Notes how long the engine took for a decision. */
  void time(long nanos);

  /** Counts a decision. */
  void count(ProfileDecision decision);
}
