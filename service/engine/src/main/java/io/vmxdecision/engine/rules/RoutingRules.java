package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.ExitReason;

/** Rules R: who handles an exit taken from L2? The table is {@link RoutingTable}. */
public final class RoutingRules {
  private RoutingRules() {}

  /**
   * Decides between L0 and L1, or that it cannot be decided. The E and F rules have to have been
   * looked at.
   */
  public static void route(Snapshot snapshot, VmExit exit, Decision decision) {
    RoutingTable.Row row = RoutingTable.of(ExitReason.basic(exit.reason()));
    if (row.condition().needsControls(exit) && !EnlightenedVmcsRules.isActive(decision)) {
      decision.outcome(Outcome.NO_ACTIVE_EVMCS);
      return;
    }
    boolean forL1 = row.condition().isForL1(snapshot, exit, decision);
    decision.record(Rule.R, forL1);
    decision.record(row.rule(), forL1);
    decision.handledBy(forL1 ? Level.L1 : Level.L0);
  }
}
