package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.IoAccess;
import java.util.List;

/** Rule R-IO: I/O instructions. KVM {@code nested_vmx_exit_handled_io()}. */
final class IoCondition implements RoutingCondition.ByControls {
  static final Rule R_IO =
      new Rule(
          13,
          "R-IO",
          "L1 wants the I/O instruction.",
          "By the control \"unconditional I/O exiting\" or, with \"use I/O bitmaps\", when a port of the"
              + " access is past 0xffff, its bit is set, or its byte is unreadable.",
          "vmx/nested.c nested_vmx_exit_handled_io()",
          "SDM vol. 3, Exit Qualification for I/O Instructions",
          Input.all(
              List.of(Input.exit("exit qualification")),
              Input.of(Control.USE_IO_BITMAPS, Control.UNCONDITIONAL_IO_EXITING),
              List.of(
                  Input.of(EvmcsField.IO_BITMAP_A),
                  Input.of(EvmcsField.IO_BITMAP_B),
                  Input.State.IO_BITMAPS)),
          RoutingEvidence::in);

  private static final int PORTS = 0x1_0000;
  private static final int PORTS_PER_BITMAP = 0x8000;

  @Override
  public List<Input> reads() {
    return R_IO.reads();
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (!snapshot.evmcs().has(Control.USE_IO_BITMAPS)) {
      return Controls.routeBy(snapshot.evmcs(), Control.UNCONDITIONAL_IO_EXITING, route);
    }
    int first = IoAccess.port(exit.qualification());
    int size = IoAccess.size(exit.qualification());
    for (int port = first; port < first + size; port++) {
      if (isForL1(snapshot, port, route)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isForL1(Snapshot snapshot, int port, Route route) {
    if (port >= PORTS) {
      route.byValue(RoutingGround.OUT_OF_RANGE, null, port);
      return true;
    }
    EvmcsField bitmap = port < PORTS_PER_BITMAP ? EvmcsField.IO_BITMAP_A : EvmcsField.IO_BITMAP_B;
    return Bitmaps.routeBy(
        snapshot, bitmap, snapshot.evmcs().value(bitmap), port % PORTS_PER_BITMAP, route);
  }
}
