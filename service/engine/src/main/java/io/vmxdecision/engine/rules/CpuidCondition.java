package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.List;

/** Rule R with P9, CPUID: L0 keeps one that faults; any other is L1's. */
final class CpuidCondition implements RoutingCondition {
  @Override
  public List<Input> reads() {
    return List.of(
        Input.State.CPUID_FAULTING,
        Input.State.CPL);
  }

  @Override
  public boolean needsControls(VmExit exit) {
    return false;
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    boolean faults = snapshot.cpuid().isFaulting() && exit.registers().cpl() != 0;
    decision.record(DepartureRules.P9, faults);
    decision.route().by(faults ? RoutingGround.CPUID_FAULT : RoutingGround.ALWAYS_WANTED);
    return !faults;
  }
}
