package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import java.util.List;

/** What a row of the routing table asks of an exit: does L1 get it? */
interface RoutingCondition {
  /** Whether the answer can depend on vmcs12, that is, on an active eVMCS. */
  boolean needsControls(VmExit exit);

  /** All that the answer depends on. */
  List<Input> reads();

  /** Whether L1 gets the exit; notes the ground in the decision's {@link Route}. */
  boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision);

  /** The answer is the same for every exit of that reason. */
  record Fixed(RoutingGround ground, boolean forL1) implements RoutingCondition {
    @Override
    public List<Input> reads() {
      return List.of();
    }

    @Override
    public boolean needsControls(VmExit exit) {
      return false;
    }

    @Override
    public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
      Route route = decision.route();
      route.by(ground);
      return forL1;
    }
  }

  /** The condition of an L0 that departs in this from {@code kvm-6.12}, by a rule P. */
  record Departing(Rule rule, RoutingCondition condition) implements RoutingCondition {
    @Override
    public List<Input> reads() {
      return condition.reads();
    }

    @Override
    public boolean needsControls(VmExit exit) {
      return condition.needsControls(exit);
    }

    @Override
    public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
      decision.record(rule, true);
      return condition.isForL1(snapshot, exit, decision);
    }
  }

  /** The answer is in vmcs12. */
  interface ByControls extends RoutingCondition {
    @Override
    default boolean needsControls(VmExit exit) {
      return true;
    }
  }

  /** L1 wants it when the control is set and counts. */
  record OneControl(Control control) implements ByControls {
    @Override
    public List<Input> reads() {
      return Input.of(control);
    }

    @Override
    public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
      Route route = decision.route();
      return Controls.routeBy(snapshot.evmcs(), control, route);
    }
  }

  /** L1 wants it when either control is set and counts. */
  record EitherControl(Control first, Control second) implements ByControls {
    @Override
    public List<Input> reads() {
      return Input.of(first, second);
    }

    @Override
    public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
      Route route = decision.route();
      return Controls.routeBy(snapshot.evmcs(), first, route)
          || Controls.routeBy(snapshot.evmcs(), second, route);
    }
  }

  /** L1 wants it when both controls are set and count. */
  record BothControls(Control first, Control second) implements ByControls {
    @Override
    public List<Input> reads() {
      return Input.of(first, second);
    }

    @Override
    public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
      Route route = decision.route();
      return Controls.routeBy(snapshot.evmcs(), first, route)
          && Controls.routeBy(snapshot.evmcs(), second, route);
    }
  }

  /** Routing by a control. */
  final class Controls {
    private Controls() {}

    /** Notes the control as the ground of the route; whether it is set and counts. */
    static boolean routeBy(EnlightenedVmcs evmcs, Control control, Route route) {
      boolean inactive =
          control.isSecondary() && !evmcs.isSet(Control.ACTIVATE_SECONDARY_CONTROLS);
      route.byControl(
          inactive ? RoutingGround.SECONDARY_CONTROLS_INACTIVE : RoutingGround.CONTROL, control);
      return evmcs.has(control);
    }
  }
}
