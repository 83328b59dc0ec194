package io.vmxdecision.app.decision;

import io.vmxdecision.app.decision.DecisionAnswer.ConditionsPart;
import io.vmxdecision.app.decision.DecisionAnswer.EffectPart;
import io.vmxdecision.app.decision.DecisionAnswer.EvmcsWritePart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decision.DecisionAnswer.GvaRangePart;
import io.vmxdecision.app.decision.DecisionAnswer.HypercallPart;
import io.vmxdecision.app.decision.DecisionAnswer.L2TlbFlushPart;
import io.vmxdecision.app.decision.DecisionAnswer.QueuedException;
import io.vmxdecision.app.decision.DecisionAnswer.RegistersAfterPart;
import io.vmxdecision.app.decision.DecisionAnswer.TlbMutationPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.ExitToL1;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a decision into the form of the answer, whole or in parts. */
public final class DecisionRenderer {
  private final Profile profile;
  private final Question input;
  private final Decision decision;
  private final TlbMutation mutation;

  DecisionRenderer(Profile profile, Question input, Decision decision) {
    this(profile, input, decision, new TlbMutation().wrap(input.snapshot(), decision));
  }

  private DecisionRenderer(
      Profile profile, Question input, Decision decision, TlbMutation mutation) {
    this.profile = profile;
    this.input = input;
    this.decision = decision;
    this.mutation = mutation;
  }

  /** A renderer of a decision that has been carried out in the snapshot: the queues hold what it queued. */
  public static DecisionRenderer ofApplied(Profile profile, Question input, Decision decision) {
    return new DecisionRenderer(
        profile, input, decision, new TlbMutation().wrapApplied(input.snapshot(), decision));
  }

  DecisionAnswer render(String decisionId, AnswerOptions options) {
    return new DecisionAnswer(
        input.id(),
        decisionId,
        profile.id(),
        handledBy(),
        ExitReasonAnswer.of(input.snapshot(), input.exit()),
        l2TlbFlush(),
        hypercall(),
        tlbMutations(),
        syntheticExit(),
        registersAfter(),
        exitToL1(),
        evmcsWrites(),
        options.evmcsPage() && writesEvmcs() ? evmcsPage() : null,
        null,
        options.explain() ? explanation(profile, input, decision) : null);
  }

  /** Who handles the exit. */
  public HandlerLevel handledBy() {
    return HandlerLevel.of(decision.handledBy());
  }

  /** Rules F, or null for an exit from L1. */
  public @Nullable L2TlbFlushPart l2TlbFlush() {
    if (input.exit().from() != Level.L2) {
      return null;
    }
    return new L2TlbFlushPart(
        !profile.has(Departure.NO_L2_TLB_FLUSH),
        decision.isL2TlbFlushEligible(),
        new ConditionsPart(
            decision.met(EligibilityRules.F1),
            decision.met(EligibilityRules.F2),
            decision.met(EligibilityRules.F3),
            decision.met(EligibilityRules.F4),
            decision.met(EligibilityRules.F5)));
  }

  /** The flush hypercall, or null when L0 handled none. */
  public @Nullable HypercallPart hypercall() {
    HypercallOutcome outcome = decision.hypercall();
    if (!outcome.isHandled()) {
      return null;
    }
    FlushRequest request = outcome.request();
    Word32 code = new Word32(request.code().code());
    String name = request.code().tlfsName();
    boolean fast = HypercallControl.isFast(request.control());
    if (outcome.isInvalidOpcode()) {
      return new HypercallPart(code, name, fast, null, null, null, null, QueuedException.INVALID_OPCODE, null,
          null);
    }
    return new HypercallPart(
        code,
        name,
        fast,
        new Word32(outcome.status().code()),
        outcome.status(),
        new Word64(outcome.result()),
        HypercallStatus.repsCompleted(outcome.result()),
        null,
        null,
        null);
  }

  /**
   * The mutations, or null when L0 handled no flush hypercall. Made one by one while they are written: all of
   * them in words take more than the decision does.
   */
  public @Nullable List<TlbMutationPart> tlbMutations() {
    if (!decision.hypercall().isHandled()) {
      return null;
    }
    return new AbstractList<>() {
      @Override
      public TlbMutationPart get(int index) {
        return tlbMutation(mutation.at(index));
      }

      @Override
      public int size() {
        return decision.tlbMutations().count();
      }
    };
  }

  private static TlbMutationPart tlbMutation(TlbMutation mutation) {
    if (!mutation.hasQueue()) {
      return new TlbMutationPart(mutation.vcpu(), null, null, null, effect(mutation));
    }
    List<Word64> before = new ArrayList<>();
    for (int i = 0; i < mutation.pendingBeforeCount(); i++) {
      before.add(new Word64(mutation.pendingBefore(i)));
    }
    List<Word64> after = new ArrayList<>();
    for (int i = 0; i < mutation.pendingAfterCount(); i++) {
      after.add(new Word64(mutation.pendingAfter(i)));
    }
    return new TlbMutationPart(
        mutation.vcpu(), GuestLevel.of(mutation.fifo()), before, after, effect(mutation));
  }

  private static EffectPart effect(TlbMutation mutation) {
    List<GvaRangePart> ranges = new ArrayList<>();
    for (int i = 0; i < mutation.pendingAfterCount(); i++) {
      if (mutation.isFlushAll(i)) {
        return new EffectPart(ranges, true);
      }
      if (!mutation.isSkipped(i)) {
        ranges.add(new GvaRangePart(new Word64(mutation.gva(i)), mutation.pages(i)));
      }
    }
    return new EffectPart(ranges, false);
  }

  /** Whether there is a synthetic exit, or null when L0 handled no flush hypercall. */
  public @Nullable Boolean syntheticExit() {
    return decision.hypercall().isHandled() ? decision.isSyntheticExit() : null;
  }

  /** The registers after the flush hypercall, or null when L0 handled none. */
  public @Nullable RegistersAfterPart registersAfter() {
    HypercallOutcome outcome = decision.hypercall();
    if (!outcome.isHandled()) {
      return null;
    }
    return new RegistersAfterPart(
        new Word64(outcome.raxAfter()),
        new Word64(outcome.rdxAfter()),
        new Word64(outcome.ripAfter()));
  }

  /** The exit that L1 sees, or null. */
  public @Nullable ExitToL1Part exitToL1() {
    ExitToL1 exit = decision.exitToL1();
    if (!exit.isPresent()) {
      return null;
    }
    Word32 reason = new Word32(exit.reason());
    Word64 qualification = new Word64(exit.qualification());
    if (ExitReason.isFailedVmEntry(exit.reason())) {
      return new ExitToL1Part(reason, qualification, null, null, null, null);
    }
    return new ExitToL1Part(
        reason,
        qualification,
        new Word32(exit.interruptionInfo()),
        new Word32(exit.idtVectoringInfo()),
        Integer.toUnsignedLong(exit.instructionLength()),
        new Word32(exit.instructionInfo()));
  }

  private boolean writesEvmcs() {
    return decision.exitToL1().isPresent() && decision.met(EligibilityRules.F1);
  }

  /** The page as L1 finds it: a copy of the one that was given, with the writes carried out. */
  private Page evmcsPage() {
    EnlightenedVmcs page = new EnlightenedVmcs();
    byte[] bytes = input.snapshot().evmcs().copy();
    page.wrap(bytes, 0);
    decision.exitToL1().evmcsWrites().applyTo(page);
    return Page.of(bytes);
  }

  private @Nullable List<EvmcsWritePart> evmcsWrites() {
    if (!writesEvmcs()) {
      return null;
    }
    return writes(decision.exitToL1().evmcsWrites());
  }

  /** Every rule that was looked at, with its evidence: before the decision is carried out. */
  public static List<ExplanationPart> explanation(Profile profile, Question input, Decision decision) {
    return Explainer.explain(profile, input, decision);
  }

  /** Writes to an eVMCS. */
  public static List<EvmcsWritePart> writes(EvmcsWrites writes) {
    List<EvmcsWritePart> parts = new ArrayList<>(writes.count());
    for (int i = 0; i < writes.count(); i++) {
      parts.add(
          new EvmcsWritePart(
              writes.field(i).linuxName(),
              new Word64(writes.before(i)),
              new Word64(writes.after(i))));
    }
    return parts;
  }
}
