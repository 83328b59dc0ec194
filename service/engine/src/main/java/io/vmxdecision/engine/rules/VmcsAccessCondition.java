package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.InstructionInfo;
import java.util.List;

/**
 * Rule R, VMREAD and VMWRITE. KVM {@code nested_vmx_exit_handled_vmcs_access()}. An eVMCS has no
 * fields for the two bitmaps, so vmcs12 has address 0 for both.
 */
final class VmcsAccessCondition implements RoutingCondition.ByControls {
  private static final long BITMAP_GPA = 0;
  private static final int FIELD_BITS = 15;

  @Override
  public List<Input> reads() {
    return Input.all(
        Input.of(Control.VMCS_SHADOWING),
        List.of(
            Input.exit("instruction information"),
            Input.State.LONG_MODE,
            Input.State.VMCS_FIELD_REGISTER,
            Input.State.VMCS_BITMAP));
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (!Controls.routeBy(snapshot.evmcs(), Control.VMCS_SHADOWING, route)) {
      return true;
    }
    long field = exit.registers().operand(InstructionInfo.register2(exit.instructionInfo()));
    if (field >>> FIELD_BITS != 0) {
      route.byValue(RoutingGround.OUT_OF_RANGE, null, field);
      return true;
    }
    return Bitmaps.routeBy(snapshot, null, BITMAP_GPA, (int) field, route);
  }
}
