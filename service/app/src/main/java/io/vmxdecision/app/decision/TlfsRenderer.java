package io.vmxdecision.app.decision;

import io.vmxdecision.app.decision.DecisionAnswer.ConditionsPart;
import io.vmxdecision.app.decision.DecisionAnswer.EffectPart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decision.DecisionAnswer.GvaRangePart;
import io.vmxdecision.app.decision.DecisionAnswer.HypercallPart;
import io.vmxdecision.app.decision.DecisionAnswer.InterceptPart;
import io.vmxdecision.app.decision.DecisionAnswer.L2TlbFlushPart;
import io.vmxdecision.app.decision.DecisionAnswer.OpenQuestionPart;
import io.vmxdecision.app.decision.DecisionAnswer.OutcomePart;
import io.vmxdecision.app.decision.DecisionAnswer.QueuedException;
import io.vmxdecision.app.decision.DecisionAnswer.TlbMutationPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushEntry;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.tlfs.OpenQuestion;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsEvidence;
import io.vmxdecision.engine.tlfs.TlfsOutcome;
import io.vmxdecision.engine.tlfs.TlfsRule;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts what the TLFS says into the form of the answer. What the text leaves open is left out. */
final class TlfsRenderer {
  private final Question input;
  private final TlfsDecision decision;

  TlfsRenderer(Question input, TlfsDecision decision) {
    this.input = input;
    this.decision = decision;
  }

  DecisionAnswer render(String decisionId, AnswerOptions options) {
    return new DecisionAnswer(
        input.id(),
        decisionId,
        input.profile().id(),
        decision.handledBy() == null ? null : HandlerLevel.of(decision.handledBy()),
        ExitReasonAnswer.of(input.snapshot(), input.exit()),
        l2TlbFlush(),
        hypercall(),
        tlbMutations(),
        decision.syntheticExit(),
        null,
        exitToL1(),
        null,
        null,
        openQuestions(),
        options.explain() ? explanation() : null);
  }

  private @Nullable L2TlbFlushPart l2TlbFlush() {
    if (input.exit().from() != Level.L2) {
      return null;
    }
    Decision facts = decision.facts();
    return new L2TlbFlushPart(
        null,
        decision.eligible(),
        new ConditionsPart(
            decision.evmcsActive(),
            facts.met(EligibilityRules.F2),
            facts.met(EligibilityRules.F3),
            facts.met(EligibilityRules.F4),
            facts.met(EligibilityRules.F5)));
  }

  private @Nullable HypercallPart hypercall() {
    if (decision.allowed().isEmpty()) {
      return null;
    }
    FlushRequest request = decision.request();
    Word32 code = new Word32(request.code().code());
    String name = request.code().tlfsName();
    boolean fast = HypercallControl.isFast(request.control());
    TlfsOutcome only = decision.onlyOutcome();
    if (only == null) {
      List<OutcomePart> allowed = decision.allowed().stream().map(TlfsRenderer::outcome).toList();
      return new HypercallPart(code, name, fast, null, null, null, null, null, null, allowed);
    }
    OutcomePart outcome = outcome(only);
    return new HypercallPart(
        code,
        name,
        fast,
        outcome.status(),
        outcome.statusName(),
        null,
        decision.isSuccess() ? HypercallControl.repCount(request.control()) : null,
        outcome.exception(),
        outcome.intercept(),
        null);
  }

  private static OutcomePart outcome(TlfsOutcome outcome) {
    HypercallStatus status = outcome.status();
    return new OutcomePart(
        status == null ? null : new Word32(status.code()),
        status,
        outcome == TlfsOutcome.INVALID_OPCODE ? QueuedException.INVALID_OPCODE : null,
        outcome == TlfsOutcome.MEMORY_INTERCEPT ? InterceptPart.MEMORY : null);
  }

  /** The mutations, made one by one while they are written; their effect is the same. */
  private @Nullable List<TlbMutationPart> tlbMutations() {
    if (!decision.areMutationsKnown()) {
      return null;
    }
    EffectPart effect = effect();
    return new AbstractList<>() {
      @Override
      public TlbMutationPart get(int index) {
        return new TlbMutationPart(decision.target(index), null, null, null, effect);
      }

      @Override
      public int size() {
        return decision.targetCount();
      }
    };
  }

  private EffectPart effect() {
    boolean la57 = input.snapshot().hasHostLa57();
    List<GvaRangePart> ranges = new ArrayList<>(decision.elementCount());
    for (int i = 0; i < decision.elementCount(); i++) {
      long element = decision.element(i);
      if (!FlushEntry.isSkipped(element, la57, true)) {
        ranges.add(
            new GvaRangePart(
                new Word64(FlushEntry.gva(element, la57, true)), FlushEntry.pages(element, la57, true)));
      }
    }
    return new EffectPart(
        ranges,
        !decision.request().code().isList(),
        decision.isAllSpaces() ? null : new Word64(decision.request().addressSpace()),
        decision.mayGlobalStay() ? true : null);
  }

  private @Nullable ExitToL1Part exitToL1() {
    if (decision.handledBy() == Level.L1) {
      return reason(input.exit().reason());
    }
    return Boolean.TRUE.equals(decision.syntheticExit())
        ? reason(ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH)
        : null;
  }

  private static ExitToL1Part reason(int reason) {
    return new ExitToL1Part(new Word32(reason), null, null, null, null, null);
  }

  private @Nullable List<OpenQuestionPart> openQuestions() {
    if (decision.openQuestions().isEmpty()) {
      return null;
    }
    return decision.openQuestions().stream().map(TlfsRenderer::openQuestion).toList();
  }

  private static OpenQuestionPart openQuestion(OpenQuestion question) {
    return new OpenQuestionPart(question.pointer(), question.text(), question.rule().reference());
  }

  private List<ExplanationPart> explanation() {
    return Stream.of(TlfsRule.values())
        .filter(decision.facts()::looked)
        .map(
            rule -> new ExplanationPart(
                rule.name(),
                decision.facts().met(rule),
                TlfsEvidence.of(rule, input.snapshot(), input.exit(), decision),
                rule.reference()))
        .toList();
  }
}
