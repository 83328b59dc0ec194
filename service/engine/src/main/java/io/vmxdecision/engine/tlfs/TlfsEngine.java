package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.ExitReason;

/**
 * Says what the TLFS demands of an L0 at a VM-exit. It never guesses: what the text does not say is an open question.
 *
 * <p>Taken for granted: no target's TLB is locked, a call is not cut short by continuation, L1 reports XMM input
 * to L2, an address space id is valid but for bits 60:52, and the VP indexes and VpIds are what the snapshot
 * says. Pending flushes are KVM's and not looked at.
 *
 * <p>Has no state and allocates nothing (see {@link TlfsDecision} for the one table that may grow). Safe for
 * use by any thread; snapshot and exit as with {@link io.vmxdecision.engine.DecisionEngine}.
 */
public final class TlfsEngine {
  private TlfsEngine() {}

  /** Decides {@code exit} into {@code decision}. Read {@link TlfsDecision#isDecided()} first. */
  public static void decide(Snapshot snapshot, VmExit exit, TlfsDecision decision) {
    decision.reset(exit.from());
    FlushCode code = EligibilityRules.flushCode(exit);
    if (exit.from() == Level.L1) {
      decision.facts().record(EligibilityRules.F5, code != null);
      if (code == null) {
        return;
      }
      decision.decided();
      handle(snapshot, exit, code, decision);
      return;
    }
    if (ExitReason.basic(exit.reason()) != BasicExitReason.VMCALL.number()) {
      return;
    }
    decision.decided();
    if (isEligible(snapshot, exit, decision) && code != null) {
      handle(snapshot, exit, code, decision);
    }
  }

  /** Rule T1: what is missing for certain makes the call L1's, whatever else is open. */
  private static boolean isEligible(Snapshot snapshot, VmExit exit, TlfsDecision decision) {
    Decision facts = decision.facts();
    decision.speaks(TlfsRule.T1);
    EnlightenedVmcsRules.evaluate(snapshot, facts);
    boolean inUse =
        facts.met(EnlightenedVmcsRules.E1) && facts.met(EnlightenedVmcsRules.E2)
            && facts.met(EnlightenedVmcsRules.E4);
    boolean described =
        facts.met(EnlightenedVmcsRules.E3)
            && snapshot.evmcs().isGiven()
            && snapshot.evmcs().revisionId() == EnlightenedVmcs.REVISION_EVMCS_1;
    EligibilityRules.evaluate(Profile.DEFAULT, snapshot, exit, inUse, facts);
    if (!inUse) {
      decision.evmcsActive(false);
    } else if (described) {
      decision.evmcsActive(true);
    } else {
      decision.ask(OpenQuestion.EVMCS_ACTIVE);
    }
    boolean switchedOn =
        facts.met(EligibilityRules.F2) && facts.met(EligibilityRules.F3) && facts.met(EligibilityRules.F5);
    if (!inUse || !switchedOn) {
      decision.eligible(false);
      decision.handledBy(Level.L1);
      return false;
    }
    if (!facts.met(EligibilityRules.F4)) {
      decision.ask(OpenQuestion.ELIGIBLE);
    }
    if (!described || !facts.met(EligibilityRules.F4)) {
      decision.ask(OpenQuestion.HANDLED_BY);
      return false;
    }
    decision.eligible(true);
    return true;
  }

  private static void handle(Snapshot snapshot, VmExit exit, FlushCode code, TlfsDecision decision) {
    decision.handledBy(Level.L0);
    decision.call();
    TlfsCall.execute(snapshot, exit, code, decision);
    if (decision.areMutationsKnown()) {
      synthesize(snapshot, exit.from(), decision);
    }
  }

  /** Rule T11, when it is decided what is flushed. */
  private static void synthesize(Snapshot snapshot, Level from, TlfsDecision decision) {
    if (from == Level.L2 && decision.allowed().isEmpty()) {
      return; // how the call ends is open, and this with it
    }
    if (from == Level.L1 || !decision.returnsAStatus()) {
      decision.syntheticExit(false);
      return;
    }
    decision.speaks(TlfsRule.T11);
    PartitionAssistPage page = snapshot.partitionAssistPage();
    if (!page.isGiven() || (!decision.isSuccess() && page.tlbLockCount() != 0)) {
      decision.ask(OpenQuestion.SYNTHETIC_EXIT);
    } else {
      decision.syntheticExit(page.tlbLockCount() != 0);
    }
  }
}
