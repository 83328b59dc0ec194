package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionSummary;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import java.util.IdentityHashMap;

/** What a kernel decides. Allocates nothing per decision. */
public final class KernelDecision implements ProfileDecision {
  private static final IdentityHashMap<Profile, DecisionEngine> ENGINES = new IdentityHashMap<>();

  static {
    Profile.all().forEach(profile -> ENGINES.put(profile, DecisionEngine.of(profile)));
  }

  private final Profile profile;
  private final DecisionEngine engine;
  private final Decision decision = new Decision();

  /** A place for the decisions of that kernel. */
  public KernelDecision(Profile profile) {
    this.profile = profile;
    DecisionEngine known = ENGINES.get(profile);
    this.engine = known == null ? DecisionEngine.of(profile) : known;
  }

  /** The kernel. */
  public Profile profile() {
    return profile;
  }

  /** What the engine decided last. */
  public Decision decision() {
    return decision;
  }

  @Override
  public void decide(Snapshot snapshot, VmExit exit) {
    engine.decide(snapshot, exit, decision);
  }

  @Override
  public boolean isDecided() {
    return decision.outcome() == Outcome.DECIDED;
  }

  @Override
  public void requireDecided() {
    switch (decision.outcome()) {
      case DECIDED -> {}
      case NOT_A_FLUSH_HYPERCALL ->
        throw ProfileDecision.undecidable(
            "/exit",
            "an exit from L1 is decided only if it is a flush hypercall: VMCALL (0x12) with code 0x2,"
                + " 0x3, 0x13 or 0x14");
      case NO_ACTIVE_EVMCS ->
        throw ProfileDecision.undecidable(
            "/exit",
            "where this exit goes depends on the controls of vmcs12, and no enlightened VMCS is in use: "
                + EnlightenedVmcsRules.activity(decision));
      case TOO_MANY_VCPUS ->
        throw ProfileDecision.undecidable(
            "/snapshot/vcpus",
            profile.id() + ": a VM has at most " + profile.mostVcpus()
                + " vCPUs, and VP indexes below that (rule P4)");
    }
  }

  @Override
  public Level handledBy() {
    return decision.handledBy();
  }

  @Override
  public Decision rules() {
    return decision;
  }

  @Override
  public CountedOutcome counted() {
    HypercallOutcome hypercall = decision.hypercall();
    if (!hypercall.isHandled()) {
      return decision.handledBy() == Level.L1 ? CountedOutcome.REFLECTED : CountedOutcome.KEPT;
    }
    if (hypercall.isInvalidOpcode()) {
      return CountedOutcome.EXCEPTION;
    }
    return decision.isSyntheticExit()
        ? CountedOutcome.SYNTHETIC_EXIT
        : CountedOutcome.of(hypercall.status());
  }

  @Override
  public DecisionSummary summary(VmExit exit) {
    return DecisionSummary.of(exit, decision);
  }

  @Override
  public DecisionAnswer answer(Question question, String decisionId, AnswerOptions options) {
    return new DecisionRenderer(profile, question, decision).render(decisionId, options);
  }
}
