package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.List;

/** Rule R, VMCALL: L0 keeps it when the L2 TLB flush is eligible (rules F), else it is L1's. */
final class VmcallCondition implements RoutingCondition {
  @Override
  public List<Input> reads() {
    return EligibilityRules.F.stream()
        .flatMap(rule -> rule.reads().stream())
        .distinct()
        .toList();
  }

  @Override
  public boolean needsControls(VmExit exit) {
    return false; // without an eVMCS no flush is eligible, and nothing else is asked
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    boolean eligible = decision.isL2TlbFlushEligible();
    decision.route().by(eligible ? RoutingGround.ELIGIBLE_FLUSH : RoutingGround.ALWAYS_WANTED);
    return !eligible;
  }
}
