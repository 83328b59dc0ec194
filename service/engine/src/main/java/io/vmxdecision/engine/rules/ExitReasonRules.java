package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;

/** Rule X: can the exit reason be at all? Reading one is {@link ExitReason}. */
public final class ExitReasonRules {
  /** Bits 15:0 of the exit reason, for rules that look at these alone. */
  static final Input BASIC_REASON =
      new Input.Word(Input.Source.EXIT, "exit reason", ExitReason.BASIC.mask());

  public static final Rule X =
      new Rule(
          0,
          "X",
          "The exit reason is a value that a CPU or a Hyper-V compatible L0 can report.",
          "Bits 15:0 are the basic reason; the kind says what the other bits make of it.",
          "vmx/vmx.h union vmx_exit_reason",
          "SDM vol. 3, Basic VM-Exit Information; appendix C, VMX Basic Exit Reasons. TLFS, Nested"
              + " Virtualization: HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH",
          List.of(Input.exit("exit reason")),
          decided -> {
            int raw = decided.exit().reason();
            return "exit reason " + Words.hex(raw) + ": basic reason " + ExitReason.basic(raw) + ", kind "
                + ExitReason.kind(raw);
          });

  private ExitReasonRules() {}

  /** Looks at X, on which no other rule depends. */
  public static void evaluate(VmExit exit, Decision decision) {
    decision.record(X, ExitReason.kind(exit.reason()).isReportable());
  }
}
