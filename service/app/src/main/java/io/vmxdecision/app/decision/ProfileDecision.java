package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionSummary;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.profile.TlfsProfile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides by one profile, and has of the last decision all that goes out: the answer, the line of a log, the count.
 * Reused; not thread-safe.
 */
public sealed interface ProfileDecision permits KernelDecision, TextDecision {
  /** A place for the decisions of that profile. */
  static ProfileDecision of(BehaviourProfile profile) {
    return switch (profile) {
      case Profile kernel -> new KernelDecision(kernel);
      case TlfsProfile text -> new TextDecision();
    };
  }

  /** Decides; {@link #isDecided} is to be read first. */
  void decide(Snapshot snapshot, VmExit exit);

  /** Whether the exit could be decided; if not, nothing else here has a meaning but why not. */
  boolean isDecided();

  /**
   * Passes over what was decided.
   *
   * @throws RejectedRequestException when the exit could not be
   */
  void requireDecided();

  /** Who handles the exit; null if the profile leaves that open. */
  @Nullable
  Level handledBy();

  /** The rules that were looked at, and those met. */
  Decision rules();

  /** What is counted of it. */
  CountedOutcome counted();

  /** The decision in short. */
  DecisionSummary summary(VmExit exit);

  /** The decision in words. The answer reads from here and the question while it is written. */
  DecisionAnswer answer(Question question, String decisionId, AnswerOptions options);

  /** That an exit cannot be decided. */
  static RejectedRequestException undecidable(String pointer, String detail) {
    return RejectedRequestException.of(
        ProblemKind.UNDECIDABLE, List.of(new Violation(pointer, detail)));
  }
}
