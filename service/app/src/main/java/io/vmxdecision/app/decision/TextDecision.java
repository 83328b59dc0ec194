package io.vmxdecision.app.decision;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.app.decisionlog.DecisionSummary;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsEngine;
import io.vmxdecision.engine.tlfs.TlfsOutcome;
import org.jspecify.annotations.Nullable;

/** What the text of the TLFS decides. */
final class TextDecision implements ProfileDecision {
  /** The most ranges of an answer, over all vCPUs: no kernel's answer has more. */
  private static final int MOST_RANGES = Profile.LARGEST_FIFO * VirtualProcessors.MAX_COUNT;

  private final TlfsDecision decision = new TlfsDecision();

  /** What the engine decided last. */
  TlfsDecision decision() {
    return decision;
  }

  @Override
  public void decide(Snapshot snapshot, VmExit exit) {
    TlfsEngine.decide(snapshot, exit, decision);
  }

  @Override
  public boolean isDecided() {
    return decision.isDecided() && !isTooLong();
  }

  private boolean isTooLong() {
    return (long) decision.targetCount() * decision.elementCount() > MOST_RANGES;
  }

  @Override
  public void requireDecided() {
    if (!decision.isDecided()) {
      throw ProfileDecision.undecidable(
          "/exit", "the TLFS does not route exits; the SDM does, with state a request does not have");
    }
    if (isTooLong()) {
      throw ProfileDecision.undecidable(
          "/snapshot/vcpus",
          "the flush reaches " + decision.targetCount() + " vCPUs with " + decision.elementCount()
              + " ranges each; an answer has at most " + MOST_RANGES);
    }
  }

  @Override
  public @Nullable Level handledBy() {
    return decision.handledBy();
  }

  @Override
  public Decision rules() {
    return decision.facts();
  }

  @Override
  public CountedOutcome counted() {
    if (decision.handledBy() == null) {
      return CountedOutcome.HANDLER_NOT_SPECIFIED;
    }
    if (!decision.isCall()) {
      return CountedOutcome.REFLECTED;
    }
    if (decision.allowed().isEmpty()) {
      return CountedOutcome.OUTCOME_NOT_SPECIFIED;
    }
    TlfsOutcome only = decision.onlyOutcome();
    if (only == null) {
      return CountedOutcome.SEVERAL_OUTCOMES;
    }
    return switch (only) {
      case INVALID_OPCODE -> CountedOutcome.EXCEPTION;
      case MEMORY_INTERCEPT -> CountedOutcome.MEMORY_INTERCEPT;
      default -> Boolean.TRUE.equals(decision.syntheticExit())
          ? CountedOutcome.SYNTHETIC_EXIT
          : CountedOutcome.of(requireNonNull(only.status()));
    };
  }

  @Override
  public DecisionSummary summary(VmExit exit) {
    return DecisionSummary.of(exit, decision);
  }

  @Override
  public DecisionAnswer answer(Question question, String decisionId, AnswerOptions options) {
    return new TlfsRenderer(question, decision).render(decisionId, options);
  }
}
