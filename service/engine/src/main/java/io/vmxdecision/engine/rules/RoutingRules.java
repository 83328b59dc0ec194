package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.BasicExitReason;
import io.vmxdecision.engine.view.ExitReason;

/** Rules R: who handles an exit taken from L2? So far for VMCALL alone. */
public final class RoutingRules {
  private RoutingRules() {}

  /** Decides between L0 and L1. The F rules have to have been looked at. */
  public static void route(VmExit exit, Decision decision) {
    if (ExitReason.basic(exit.reason()) != BasicExitReason.VMCALL.number()) {
      decision.outcome(Outcome.ROUTING_NOT_MODELLED);
      return;
    }
    boolean reflected = decision.record(Rule.R, !decision.isL2TlbFlushEligible());
    decision.handledBy(reflected ? Level.L1 : Level.L0);
  }
}
