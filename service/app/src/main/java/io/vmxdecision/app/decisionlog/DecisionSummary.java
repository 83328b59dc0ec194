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
import org.jspecify.annotations.Nullable;

/**
 * A decision in short; what does not apply is left out.
 *
 * @param handledBy L0 or L1
 * @param exitReason the exit that was decided
 * @param eligible for exits from L2: whether the L2 TLB flush is eligible
 * @param failedCondition if it is not: the first of F1 to F5 that does not hold
 * @param hypercall how the flush hypercall ended, if L0 handled one
 * @param exception or the exception that it ended with
 * @param tlbMutations how many vCPUs the flush reaches
 * @param syntheticExit whether L1 gets the synthetic exit
 * @param exitToL1 the reason of the exit that L1 sees, if it does
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DecisionSummary(
    Level handledBy,
    Reason exitReason,
    @Nullable Boolean eligible,
    @Nullable String failedCondition,
    @Nullable HypercallStatus hypercall,
    @Nullable String exception,
    @Nullable Integer tlbMutations,
    @Nullable Boolean syntheticExit,
    @Nullable Word32 exitToL1) {
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
        new Reason(new Word32(exit.reason()), ExitReasonAnswer.of(exit.reason()).name()),
        fromL2 ? decision.isL2TlbFlushEligible() : null,
        fromL2 ? failedCondition(decision) : null,
        handled && !exception ? decision.hypercall().status() : null,
        exception ? "#UD" : null,
        handled ? decision.tlbMutations().count() : null,
        handled ? decision.isSyntheticExit() : null,
        decision.exitToL1().isPresent() ? new Word32(decision.exitToL1().reason()) : null);
  }

  private static @Nullable String failedCondition(Decision decision) {
    Rule unmet = EligibilityRules.whyIneligible(decision);
    return unmet == null ? null : unmet.id();
  }
}
