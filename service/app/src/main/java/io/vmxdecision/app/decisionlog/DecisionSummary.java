package io.vmxdecision.app.decisionlog;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.tlfs.OpenQuestion;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsOutcome;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A decision in short; what does not apply is left out.
 *
 * @param handledBy L0 or L1; absent where the profile leaves it open
 * @param exitReason the exit that was decided
 * @param eligible for exits from L2: whether the L2 TLB flush is eligible
 * @param failedCondition if it is not: the first of F1 to F5 that does not hold
 * @param hypercall how the flush hypercall ended, if L0 handled one
 * @param exception or the exception that it ended with
 * @param allowed under tlfs: the outcomes, where the text allows several
 * @param intercept under tlfs: or the intercept that it ended with
 * @param tlbMutations how many vCPUs the flush reaches
 * @param syntheticExit whether L1 gets the synthetic exit
 * @param exitToL1 the reason of the exit that L1 sees, if it does
 * @param openQuestions under tlfs: the pointers to what the text leaves open, if anything
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DecisionSummary(
    @Nullable Level handledBy,
    Reason exitReason,
    @Nullable Boolean eligible,
    @Nullable String failedCondition,
    @Nullable HypercallStatus hypercall,
    @Nullable String exception,
    @Nullable String intercept,
    @Nullable List<String> allowed,
    @Nullable Integer tlbMutations,
    @Nullable Boolean syntheticExit,
    @Nullable Word32 exitToL1,
    @Nullable List<String> openQuestions) {
  private static final String INVALID_OPCODE = "#UD";

  /** An exit reason: the raw word, and its name if it has one. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Reason(Word32 raw, @Nullable String name) {}

  /** What came of {@code exit}. */
  public static DecisionSummary of(VmExit exit, Decision decision) {
    boolean fromL2 = exit.from() == Level.L2;
    boolean handled = decision.hypercall().isHandled();
    boolean exception = handled && decision.hypercall().isInvalidOpcode();
    return new DecisionSummary(
        decision.handledBy(),
        reason(exit),
        fromL2 ? decision.isL2TlbFlushEligible() : null,
        fromL2 ? failedCondition(decision) : null,
        handled && !exception ? decision.hypercall().status() : null,
        exception ? INVALID_OPCODE : null,
        null,
        null,
        handled ? decision.tlbMutations().count() : null,
        handled ? decision.isSyntheticExit() : null,
        decision.exitToL1().isPresent() ? new Word32(decision.exitToL1().reason()) : null,
        null);
  }

  /** What the text says of {@code exit}. */
  public static DecisionSummary of(VmExit exit, TlfsDecision decision) {
    TlfsOutcome only = decision.onlyOutcome();
    boolean synthetic = Boolean.TRUE.equals(decision.syntheticExit());
    return new DecisionSummary(
        decision.handledBy(),
        reason(exit),
        decision.eligible(),
        Boolean.FALSE.equals(decision.eligible()) ? failedCondition(decision.facts()) : null,
        only == null ? null : only.status(),
        only == TlfsOutcome.INVALID_OPCODE ? INVALID_OPCODE : null,
        only == TlfsOutcome.MEMORY_INTERCEPT ? "memory" : null,
        orNull(
            decision.allowed().stream()
                .filter(outcome -> only == null)
                .map(outcome -> outcome == TlfsOutcome.INVALID_OPCODE ? INVALID_OPCODE : outcome.name())),
        decision.areMutationsKnown() ? decision.targetCount() : null,
        decision.syntheticExit(),
        decision.handledBy() == Level.L1
            ? new Word32(exit.reason())
            : synthetic ? new Word32(ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH) : null,
        orNull(decision.openQuestions().stream().map(OpenQuestion::pointer)));
  }

  private static @Nullable List<String> orNull(Stream<String> texts) {
    List<String> list = texts.toList();
    return list.isEmpty() ? null : list;
  }

  private static Reason reason(VmExit exit) {
    return new Reason(new Word32(exit.reason()), ExitReasonAnswer.of(exit.reason()).name());
  }

  private static @Nullable String failedCondition(Decision decision) {
    Rule unmet = EligibilityRules.whyIneligible(decision);
    return unmet == null ? null : unmet.id();
  }
}
