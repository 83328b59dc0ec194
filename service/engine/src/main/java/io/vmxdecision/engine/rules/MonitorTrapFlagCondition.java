package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;

/**
 * Rule R, monitor trap flag: by the control, or when L1 has injected a pending MTF VM-exit. KVM
 * {@code nested_vmx_exit_handled_mtf()}.
 */
final class MonitorTrapFlagCondition implements RoutingCondition.ByControls {
  /** Valid, type 7 (other event), vector 0. SDM vol. 3, "Injection of Pending MTF VM Exits". */
  private static final long PENDING_MTF = 0x8000_0700L;

  @Override
  public List<Input> reads() {
    return Input.all(
        Input.of(Control.MONITOR_TRAP_FLAG),
        List.of(Input.of(EvmcsField.VM_ENTRY_INTR_INFO_FIELD)));
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (Controls.routeBy(snapshot.evmcs(), Control.MONITOR_TRAP_FLAG, route)) {
      return true;
    }
    long injected = snapshot.evmcs().value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD);
    if (injected == PENDING_MTF) {
      route.byValue(RoutingGround.MTF_INJECTED, EvmcsField.VM_ENTRY_INTR_INFO_FIELD, injected);
      return true;
    }
    return false;
  }
}
