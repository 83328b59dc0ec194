package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;

/** Rule R, ENCLS. KVM {@code nested_vmx_exit_handled_encls()}. */
final class EnclsCondition implements RoutingCondition.ByControls {
  private static final int LAST_LEAF_OF_ITS_OWN = 62;
  private static final int ALL_OTHER_LEAVES = 63;

  @Override
  public List<Input> reads() {
    return Input.all(
        List.of(Input.State.SGX),
        Input.of(Control.ENABLE_ENCLS_EXITING),
        List.of(Input.register(Registers.RAX, Registers.LOW_32), Input.of(EvmcsField.ENCLS_EXITING_BITMAP)));
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (!snapshot.cpuid().hasSgx()) {
      route.by(RoutingGround.NO_SGX);
      return false;
    }
    if (!Controls.routeBy(snapshot.evmcs(), Control.ENABLE_ENCLS_EXITING, route)) {
      return false;
    }
    int leaf = (int) exit.registers().general(Registers.RAX);
    boolean ownBit = Integer.compareUnsigned(leaf, LAST_LEAF_OF_ITS_OWN) <= 0;
    int bit = ownBit ? leaf : ALL_OTHER_LEAVES;
    route.byBit(RoutingGround.ENCLS_BITMAP, EvmcsField.ENCLS_EXITING_BITMAP, bit);
    return ((snapshot.evmcs().value(EvmcsField.ENCLS_EXITING_BITMAP) >>> bit) & 1) != 0;
  }
}
