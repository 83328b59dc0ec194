package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.ExecutionControl;
import io.vmxdecision.engine.view.InstructionInfo;

/**
 * Rule R, VMREAD and VMWRITE. KVM {@code nested_vmx_exit_handled_vmcs_access()}. An eVMCS has no
 * fields for the two bitmaps, so vmcs12 has address 0 for both.
 */
final class VmcsAccessCondition implements RoutingCondition.ByControls {
  private static final long BITMAP_GPA = 0;
  private static final int FIELD_BITS = 15;

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (!Controls.has(snapshot.evmcs(), ExecutionControl.VMCS_SHADOWING, route)) {
      return true;
    }
    long field = exit.registers().operand(InstructionInfo.register2(exit.instructionInfo()));
    if (field >>> FIELD_BITS != 0) {
      route.byValue(RoutingGround.OUT_OF_RANGE, null, field);
      return true;
    }
    return Bitmaps.isSet(snapshot, null, BITMAP_GPA, (int) field, route);
  }
}
