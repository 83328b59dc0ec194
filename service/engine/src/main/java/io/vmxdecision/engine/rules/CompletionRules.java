package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.HypercallControl;
import io.vmxdecision.engine.view.HypercallStatus;
import io.vmxdecision.engine.view.PartitionAssistPage;

/** Rules C: completing a flush hypercall. KVM {@code kvm_hv_hypercall_complete()}. */
public final class CompletionRules {
  private static final long LOW_32 = 0xffff_ffffL;

  private CompletionRules() {}

  /** The call ends with #UD in the guest: no result, no register changes. */
  public static void raiseInvalidOpcode(VmExit exit, Decision decision) {
    Registers registers = exit.registers();
    HypercallOutcome hypercall = decision.hypercall();
    hypercall.invalidOpcode(true);
    hypercall.registersAfter(
        registers.general(Registers.RAX), registers.general(Registers.RDX), registers.rip());
  }

  /** The call ends with {@code status}, as far as rule C1 lets it. */
  public static void complete(
      Snapshot snapshot, VmExit exit, HypercallStatus status, Decision decision) {
    HypercallOutcome hypercall = decision.hypercall();
    int tlbLockCount = 0;
    if (status != HypercallStatus.HV_STATUS_SUCCESS) {
      hypercall.end(status, 0);
    } else if (exit.from() == Level.L2) {
      PartitionAssistPage page = snapshot.partitionAssistPage();
      if (decision.record(Rule.C1, page.isGiven())) {
        tlbLockCount = page.tlbLockCount();
        endWithSuccess(hypercall);
      } else {
        hypercall.end(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT, 0);
      }
    } else {
      endWithSuccess(hypercall);
    }
    writeResult(exit, hypercall, decision);
    if (decision.met(Rule.C1) && decision.record(Rule.C4, tlbLockCount != 0)) {
      decision.syntheticExit(true);
      SynthesisRules.injectTrapAfterFlush(snapshot, exit, hypercall.ripAfter(), decision);
    }
  }

  private static void endWithSuccess(HypercallOutcome hypercall) {
    hypercall.end(
        HypercallStatus.HV_STATUS_SUCCESS,
        HypercallControl.repCount(hypercall.request().control()));
  }

  /** Rules C2 and C3. The interruptibility after the skip is for rule S. */
  private static void writeResult(
      VmExit exit, HypercallOutcome hypercall, Decision decision) {
    Registers registers = exit.registers();
    decision.record(Rule.C2, true);
    decision.record(Rule.C3, true);
    long result = hypercall.result();
    long rip = ripAfterSkip(registers, exit.instructionLength());
    if (registers.isLongMode()) {
      hypercall.registersAfter(result, registers.general(Registers.RDX), rip);
    } else {
      hypercall.registersAfter(result & LOW_32, result >>> Integer.SIZE, rip);
    }
  }

  /**
   * RIP behind the instruction. Outside 64-bit mode KVM ({@code skip_emulated_instruction()}) does
   * not cut RIP to 32 bits as such: it drops the upper half when the addition carried out of bit 31
   * and no further, which is all that can happen to a RIP that fits 32 bits. A RIP that does not
   * (no CPU reports one there) keeps its upper half; the recorded cases agree with the kernel.
   */
  private static long ripAfterSkip(Registers registers, int instructionLength) {
    long before = registers.rip();
    long after = before + Integer.toUnsignedLong(instructionLength);
    boolean carriedOutOf32 = (before ^ after) >>> (Integer.SIZE - 1) == 3;
    return carriedOutOf32 && !registers.isLongMode() ? after & LOW_32 : after;
  }
}
