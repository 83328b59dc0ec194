package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.snapshot.Cpuid;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.BasicExitReason;
import io.vmxdecision.engine.view.ExitReason;
import io.vmxdecision.engine.view.FlushCode;
import io.vmxdecision.engine.view.HypercallControl;
import io.vmxdecision.engine.view.VpAssistPage;
import org.jspecify.annotations.Nullable;

/** Rules F: is the L2 TLB flush eligible? */
public final class EligibilityRules {
  private EligibilityRules() {}

  /** Looks at F1 to F5, always at all of them. The E rules have to have been looked at. */
  public static void evaluate(Snapshot snapshot, VmExit exit, Decision decision) {
    boolean active = decision.record(Rule.F1, EnlightenedVmcsRules.isActive(decision));
    decision.record(
        Rule.F2,
        active
            && snapshot.evmcs().nestedFlushHypercall());
    VpAssistPage assist = snapshot.vpAssistPage();
    decision.record(
        Rule.F3, assist.isGiven() && assist.directHypercall());
    decision.record(Rule.F4, (snapshot.cpuid().nestedEax() & Cpuid.NESTED_DIRECT_FLUSH) != 0);
    decision.record(Rule.F5, flushCode(exit) != null);
  }

  /**
   * The flush call that the exit is, or null if it is another exit or another call. Only the code is
   * looked at, as in KVM {@code kvm_hv_is_tlb_flush_hcall()}.
   */
  public static @Nullable FlushCode flushCode(VmExit exit) {
    if (ExitReason.basic(exit.reason()) != BasicExitReason.VMCALL.number()) {
      return null;
    }
    Registers registers = exit.registers();
    int register = registers.isLongMode() ? Registers.RCX : Registers.RAX;
    return FlushCode.of(HypercallControl.code(registers.general(register)));
  }
}
