package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;

/**
 * Rules R: who handles an exit taken from L2? The table is {@link RoutingTable}. Immutable; safe for use by any
 * thread.
 */
public final class RoutingRules {
  public static final Rule R =
      new Rule(
          11,
          "R",
          "L1 wants the exit, and L0 does not keep it.",
          "The exit is reflected to L1; otherwise L0 handles it.",
          "vmx/nested.c nested_vmx_reflect_vmexit(), nested_vmx_l0_wants_exit(),"
              + " nested_vmx_l1_wants_exit()",
          Rule.NOT_SPECIFIED,
          Input.all(EligibilityRules.F1.reads(), RoutingTable.KVM_6_12.reads()),
          RoutingEvidence::in);

  private final RoutingTable table;

  private RoutingRules(RoutingTable table) {
    this.table = table;
  }

  /** The rules as the L0 of {@code profile} has them. */
  public static RoutingRules of(Profile profile) {
    return new RoutingRules(RoutingTable.of(profile.departures()));
  }

  /**
   * What the way of an exit with that basic reason, 0..65,535, can depend on: whether an enlightened VMCS is
   * in use, and what the row of the routing table reads.
   */
  public List<Input> reads(int basicReason) {
    RoutingCondition condition = table.row(basicReason).condition();
    return Input.all(EligibilityRules.F1.reads(), condition.reads());
  }

  /**
   * Decides between L0 and L1, or that it cannot be decided. The F rules have to have been looked at.
   *
   * @param active whether an enlightened VMCS is in use
   */
  public void route(Snapshot snapshot, VmExit exit, boolean active, Decision decision) {
    RoutingTable.Row row = table.row(ExitReason.basic(exit.reason()));
    if (row.condition().needsControls(exit) && !active) {
      decision.outcome(Outcome.NO_ACTIVE_EVMCS);
      return;
    }
    boolean forL1 = row.condition().isForL1(snapshot, exit, decision);
    decision.record(R, forL1);
    Rule own = row.own();
    if (own != null) {
      decision.record(own, forL1);
    }
    decision.handledBy(forL1 ? Level.L1 : Level.L0);
  }
}
