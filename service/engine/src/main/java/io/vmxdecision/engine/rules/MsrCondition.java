package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;

/** Rule R-MSR: RDMSR and WRMSR. KVM {@code nested_vmx_exit_handled_msr()}. */
final class MsrCondition implements RoutingCondition.ByControls {
  static final Rule R_MSR =
      new Rule(
          14,
          "R-MSR",
          "L1 wants the RDMSR or WRMSR.",
          "Without \"use MSR bitmaps\" always; with it when the MSR is outside both ranges, its bit is set,"
              + " or its byte is unreadable.",
          "vmx/nested.c nested_vmx_exit_handled_msr()",
          "SDM vol. 3, MSR-Bitmap Address",
          Input.all(
              Input.of(Control.USE_MSR_BITMAPS),
              List.of(
                  ExitReasonRules.BASIC_REASON,
                  Input.register(Registers.RCX, Registers.LOW_32),
                  Input.of(EvmcsField.MSR_BITMAP),
                  Input.State.MSR_BITMAP)),
          RoutingEvidence::in);

  private static final int HIGH_MSRS = 0xc000_0000;
  private static final int MSRS_PER_BITMAP = 8192;
  private static final int HIGH_BITMAP = 1024;
  private static final int WRITE_BITMAPS = 2048;

  @Override
  public List<Input> reads() {
    return R_MSR.reads();
  }

  @Override
  public boolean isForL1(Snapshot snapshot, VmExit exit, Decision decision) {
    Route route = decision.route();
    if (!snapshot.evmcs().has(Control.USE_MSR_BITMAPS)) {
      route.byControl(RoutingGround.CONTROL, Control.USE_MSR_BITMAPS);
      return true;
    }
    int reason = ExitReason.basic(exit.reason());
    boolean immediate =
        reason == BasicExitReason.MSR_READ_IMM.number() || reason == BasicExitReason.MSR_WRITE_IMM.number();
    int msr = (int) (immediate ? exit.qualification() : exit.registers().general(Registers.RCX));
    boolean high = Integer.compareUnsigned(msr, HIGH_MSRS) >= 0;
    int index = high ? msr - HIGH_MSRS : msr;
    if (Integer.compareUnsigned(index, MSRS_PER_BITMAP) >= 0) {
      route.byValue(RoutingGround.OUT_OF_RANGE, EvmcsField.MSR_BITMAP, Integer.toUnsignedLong(msr));
      return true;
    }
    boolean write =
        reason == BasicExitReason.MSR_WRITE.number() || reason == BasicExitReason.MSR_WRITE_IMM.number();
    long bitmap =
        snapshot.evmcs().value(EvmcsField.MSR_BITMAP)
            + (high ? HIGH_BITMAP : 0)
            + (write ? WRITE_BITMAPS : 0);
    return Bitmaps.routeBy(snapshot, EvmcsField.MSR_BITMAP, bitmap, index, route);
  }
}
