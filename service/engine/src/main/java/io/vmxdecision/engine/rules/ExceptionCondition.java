package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.List;

/**
 * Rule R, exception or NMI: NMIs and #VE are L0's, page faults L1's, all others by the exception
 * bitmap.
 */
final class ExceptionCondition implements RoutingCondition {
  private final boolean keepsVirtualizationExceptions;

  /** With P2, a #VE goes by the exception bitmap. */
  ExceptionCondition(boolean keepsVirtualizationExceptions) {
    this.keepsVirtualizationExceptions = keepsVirtualizationExceptions;
  }

  private static final int VECTORS_IN_BITMAP = 32;

  @Override
  public List<Input> reads() {
    return List.of(
        Input.exit("interruption information"), Input.of(EvmcsField.EXCEPTION_BITMAP));
  }

  @Override
  public boolean needsControls(VmExit exit) {
    int info = exit.interruptionInfo();
    return !InterruptionInfo.isNmi(info)
        && !(keepsVirtualizationExceptions
            && InterruptionInfo.isHardwareException(info, InterruptionInfo.VE_VECTOR))
        && !InterruptionInfo.isHardwareException(info, InterruptionInfo.PF_VECTOR);
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    int info = exit.interruptionInfo();
    if (InterruptionInfo.isNmi(info)) {
      route.by(RoutingGround.NMI);
      return false;
    }
    if (InterruptionInfo.isHardwareException(info, InterruptionInfo.VE_VECTOR)) {
      if (keepsVirtualizationExceptions) {
        route.by(RoutingGround.VIRTUALIZATION_EXCEPTION);
        return false;
      }
      decision.record(DepartureRules.P2, true);
    }
    if (InterruptionInfo.isHardwareException(info, InterruptionInfo.PF_VECTOR)) {
      route.by(RoutingGround.PAGE_FAULT);
      return true;
    }
    // The kernel shifts by the whole vector, and x86 takes a shift count modulo 32.
    int bit = InterruptionInfo.vector(info) % VECTORS_IN_BITMAP;
    route.byBit(RoutingGround.EXCEPTION_BITMAP, EvmcsField.EXCEPTION_BITMAP, bit);
    return ((snapshot.evmcs().value(EvmcsField.EXCEPTION_BITMAP) >>> bit) & 1) != 0;
  }
}
