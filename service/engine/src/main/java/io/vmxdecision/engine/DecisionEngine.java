package io.vmxdecision.engine;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import io.vmxdecision.engine.rules.ExitReasonRules;
import io.vmxdecision.engine.rules.FlushHypercallRules;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.rules.SynthesisRules;
import org.jspecify.annotations.Nullable;

/**
 * Decides a VM-exit as the L0 of a {@link Profile} does.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>What is taken for granted of L0 and L1 is listed at {@link Profile#assumptions()}.
 *   <li>The engine has no state but its profile: one may be shared by all threads, and so may a snapshot
 *       that no thread changes. Exit and decision belong to one thread at a time.
 *   <li>A decision depends on its snapshot and exit alone, and changes neither: the pages and queues
 *       stay as they are, what would change is in the decision ({@link Decision#applyTo} changes it).
 *   <li>Deciding allocates nothing (see {@link Decision} for the one table that may grow) and throws
 *       nothing, whatever the bytes say.
 * </ol>
 */
public final class DecisionEngine {
  private final Profile profile;
  private final RoutingRules routing;

  /** The engine of {@link Profile#DEFAULT}. */
  public DecisionEngine() {
    this(Profile.DEFAULT);
  }

  private DecisionEngine(Profile profile) {
    this.profile = profile;
    routing = RoutingRules.of(profile);
  }

  /** The engine of a profile. */
  public static DecisionEngine of(Profile profile) {
    return new DecisionEngine(profile);
  }

  /**
   * Decides {@code exit}, taken on vCPU {@code snapshot.vcpu()}, into {@code decision}. Read {@link
   * Decision#outcome()} first.
   */
  public void decide(Snapshot snapshot, VmExit exit, Decision decision) {
    decision.reset(exit.from());
    if (!DepartureRules.canBe(profile, snapshot)) {
      decision.outcome(Outcome.TOO_MANY_VCPUS);
      return;
    }
    ExitReasonRules.evaluate(exit, decision);
    if (exit.from() == Level.L1) {
      decideExitFromL1(snapshot, exit, decision);
    } else {
      decideExitFromL2(snapshot, exit, decision);
    }
  }

  /**
   * Decides {@code exit} as an L0 does that goes by its copies: {@code snapshot.evmcs()} is its vmcs12, with
   * the ids that it keeps, and {@code snapshot.vpAssistPage()} its copy of that page. A vmcs12 is always
   * there, so that every exit from L2 can be routed, and an exit to L1 is always written into it. Rules E
   * are not looked at.
   *
   * @param referenced whether L0 has an eVMCS page at hand: what counts as F1 then
   */
  public void decideOnCopies(Snapshot snapshot, VmExit exit, boolean referenced, Decision decision) {
    decision.reset(exit.from());
    ExitReasonRules.evaluate(exit, decision);
    if (exit.from() == Level.L1) {
      decideExitFromL1(snapshot, exit, decision);
    } else {
      EligibilityRules.evaluate(profile, snapshot, exit, referenced, decision);
      routeAndHandle(snapshot, exit, true, decision);
    }
  }

  /**
   * L0 makes L2 exit to L1 of its own accord: writes what rule S says into {@code snapshot.evmcs()}, which
   * is its vmcs12, when the decision is applied.
   */
  public void forceExitToL1(Snapshot snapshot, VmExit exit, Decision decision) {
    decision.reset(Level.L2);
    decision.handledBy(Level.L1);
    SynthesisRules.reflect(snapshot, exit, true, decision);
  }

  private void decideExitFromL1(Snapshot snapshot, VmExit exit, Decision decision) {
    FlushCode code = EligibilityRules.flushCode(exit);
    decision.record(EligibilityRules.F5, code != null);
    if (code == null) {
      decision.outcome(Outcome.NOT_A_FLUSH_HYPERCALL);
      return;
    }
    FlushHypercallRules.handle(profile, snapshot, exit, code, decision);
  }

  private void decideExitFromL2(Snapshot snapshot, VmExit exit, Decision decision) {
    boolean active = EnlightenedVmcsRules.evaluate(snapshot, decision);
    EligibilityRules.evaluate(profile, snapshot, exit, active, decision);
    routeAndHandle(snapshot, exit, active, decision);
  }

  /**
   * What follows from the F rules.
   *
   * @param controls whether the snapshot has an eVMCS whose controls count, and which is written to
   */
  private void routeAndHandle(
      Snapshot snapshot, VmExit exit, boolean controls, Decision decision) {
    routing.route(snapshot, exit, controls, decision);
    if (decision.outcome() != Outcome.DECIDED) {
      return;
    }
    if (decision.handledBy() == Level.L1) {
      SynthesisRules.reflect(snapshot, exit, controls, decision);
      return;
    }
    @Nullable FlushCode code = EligibilityRules.flushCode(exit);
    if (decision.isL2TlbFlushEligible() && code != null) {
      FlushHypercallRules.handle(profile, snapshot, exit, code, decision);
    }
  }
}
