package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.CrAccess;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;

/** Rule R-CR: control-register accesses. KVM {@code nested_vmx_exit_handled_cr()}. */
final class CrAccessCondition implements RoutingCondition.ByControls {
  static final Rule R_CR =
      new Rule(
          12,
          "R-CR",
          "L1 wants the control-register access.",
          "MOV to CR0 or CR4 and LMSW when they would change a bit that L1 owns (guest/host mask), CLTS"
              + " when it would clear a TS that L1 owns, MOV to and from CR3 and CR8 by controls; nothing"
              + " else.",
          "vmx/nested.c nested_vmx_exit_handled_cr()",
          "SDM vol. 3, Exit Qualification for Control-Register Accesses",
          Input.all(
              List.of(
                  Input.exit("exit qualification"),
                  Input.State.LONG_MODE,
                  Input.State.MOV_REGISTER,
                  Input.of(EvmcsField.CR0_GUEST_HOST_MASK),
                  Input.of(EvmcsField.CR0_READ_SHADOW),
                  Input.of(EvmcsField.CR4_GUEST_HOST_MASK),
                  Input.of(EvmcsField.CR4_READ_SHADOW)),
              Input.of(
                  Control.CR3_LOAD_EXITING,
                  Control.CR3_STORE_EXITING,
                  Control.CR8_LOAD_EXITING,
                  Control.CR8_STORE_EXITING)),
          RoutingEvidence::in);

  private static final long CR0_PE = 1;
  private static final long CR0_TS = 1 << 3;

  /** LMSW can change MP, EM and TS of CR0 both ways, and PE only from 0 to 1. */
  private static final long LMSW_BOTH_WAYS = 0xe;

  private static final long LMSW_BITS = 0xf;

  @Override
  public List<Input> reads() {
    return R_CR.reads();
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    EnlightenedVmcs evmcs = snapshot.evmcs();
    long qualification = exit.qualification();
    return switch (CrAccess.type(qualification)) {
      case CrAccess.MOV_TO_CR -> movToCr(snapshot, exit, route);
      case CrAccess.MOV_FROM_CR -> movFromCr(evmcs, CrAccess.register(qualification), route);
      case CrAccess.CLTS -> clts(evmcs, route);
      default -> lmsw(evmcs, CrAccess.lmswSource(qualification) & LMSW_BITS, route);
    };
  }

  private static boolean movToCr(Snapshot snapshot, VmExit exit, Route route) {
    EnlightenedVmcs evmcs = snapshot.evmcs();
    long qualification = exit.qualification();
    long value = exit.registers().operand(CrAccess.generalRegister(qualification));
    return switch (CrAccess.register(qualification)) {
      case 0 -> {
        long changed = value ^ evmcs.value(EvmcsField.CR0_READ_SHADOW);
        yield ownsAny(evmcs, EvmcsField.CR0_GUEST_HOST_MASK, changed, route);
      }
      case 4 -> {
        long changed = value ^ evmcs.value(EvmcsField.CR4_READ_SHADOW);
        yield ownsAny(evmcs, EvmcsField.CR4_GUEST_HOST_MASK, changed, route);
      }
      case 3 -> RoutingCondition.Controls.routeBy(evmcs, Control.CR3_LOAD_EXITING, route);
      case 8 -> RoutingCondition.Controls.routeBy(evmcs, Control.CR8_LOAD_EXITING, route);
      default -> notWanted(route);
    };
  }

  private static boolean movFromCr(EnlightenedVmcs evmcs, int register, Route route) {
    return switch (register) {
      case 3 -> RoutingCondition.Controls.routeBy(evmcs, Control.CR3_STORE_EXITING, route);
      case 8 -> RoutingCondition.Controls.routeBy(evmcs, Control.CR8_STORE_EXITING, route);
      default -> notWanted(route);
    };
  }

  private static boolean clts(EnlightenedVmcs evmcs, Route route) {
    long shadow = evmcs.value(EvmcsField.CR0_READ_SHADOW);
    return ownsAny(evmcs, EvmcsField.CR0_GUEST_HOST_MASK, shadow & CR0_TS, route);
  }

  private static boolean lmsw(EnlightenedVmcs evmcs, long value, Route route) {
    long shadow = evmcs.value(EvmcsField.CR0_READ_SHADOW);
    long changed = ((value ^ shadow) & LMSW_BOTH_WAYS) | (value & ~shadow & CR0_PE);
    return ownsAny(evmcs, EvmcsField.CR0_GUEST_HOST_MASK, changed, route);
  }

  /** Whether L1 owns, by its guest/host mask, any of the bits that L2 would change. */
  private static boolean ownsAny(EnlightenedVmcs evmcs, EvmcsField mask, long changed, Route route) {
    long owned = evmcs.value(mask) & changed;
    route.byValue(RoutingGround.CR_MASK, mask, owned);
    return owned != 0;
  }

  private static boolean notWanted(Route route) {
    route.by(RoutingGround.CR_NOT_WANTED);
    return false;
  }
}
