package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.List;

/** Rules C: completing a flush hypercall. KVM {@code kvm_hv_hypercall_complete()}. */
public final class CompletionRules {
  public static final Rule C1 =
      new Rule(
          28,
          "C1",
          "From L2, after success: the u32 TlbLockCount at the start of the partition assist page can be"
              + " read.",
          "If not, the status becomes HV_STATUS_INVALID_HYPERCALL_INPUT; what was queued stays queued.",
          "hyperv.c kvm_hv_hypercall_complete()",
          "TLFS, Nested Virtualization: VM_PARTITION_ASSIST_PAGE",
          List.of(
              Input.State.PARTITION_ASSIST_PAGE),
          decided -> Words.given(
              "partition assist page", decided.snapshot().partitionAssistPage().isGiven()));

  public static final Rule C2 =
      new Rule(
          29,
          "C2",
          "The call has a result.",
          "It goes into RAX (64-bit mode) or EDX:EAX.",
          "hyperv.c kvm_hv_hypercall_set_result()",
          "TLFS, Hypercall Outputs",
          List.of(Input.State.LONG_MODE, Input.control(HypercallControl.REP_COUNT)),
          decided -> {
            HypercallOutcome outcome = decided.decision().hypercall();
            return "result " + Words.hex(outcome.result()) + " (" + outcome.status() + ") into "
                + (decided.registers().isLongMode() ? "RAX" : "EDX:EAX");
          });

  public static final Rule C3 =
      new Rule(
          30,
          "C3",
          "The VMCALL is skipped.",
          "RIP advances by the exit's instruction length (outside 64-bit mode a carry out of bit 31 is"
              + " dropped), and interruptibility bits 1:0 are cleared.",
          "vmx/vmx.c skip_emulated_instruction()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.State.LONG_MODE,
              new Input.Word(Input.Source.REGISTERS, "RIP", Input.Word.WHOLE),
              Input.exit("instruction length")),
          decided -> "RIP " + Words.hex(decided.registers().rip()) + " -> "
              + Words.hex(decided.decision().hypercall().ripAfter()) + ", instruction length "
              + Integer.toUnsignedString(decided.exit().instructionLength()));

  public static final Rule C4 =
      new Rule(
          31,
          "C4",
          "TlbLockCount was not 0.",
          "L1 gets an exit with the synthetic reason 0x10000031, interruption information 0,"
              + " qualification 0.",
          "vmx/hyperv.c vmx_hv_inject_synthetic_vmexit_post_tlb_flush()",
          "TLFS, Nested Virtualization: Synthetic VM-Exit",
          List.of(Input.of(PartitionAssistField.TLB_LOCK_COUNT)),
          decided -> Words.place(PartitionAssistField.TLB_LOCK_COUNT) + " = "
              + Integer.toUnsignedString(decided.snapshot().partitionAssistPage().tlbLockCount()));

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
    PartitionAssistPage page = snapshot.partitionAssistPage();
    boolean locked = false;
    if (status != HypercallStatus.HV_STATUS_SUCCESS) {
      hypercall.end(status, 0);
    } else if (exit.from() != Level.L2) {
      endWithSuccess(hypercall);
    } else if (decision.record(C1, page.isGiven())) {
      locked = decision.record(C4, page.tlbLockCount() != 0);
      endWithSuccess(hypercall);
    } else {
      hypercall.end(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT, 0);
    }
    writeResult(exit, hypercall, decision);
    if (locked) {
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
    decision.record(C2, true);
    decision.record(C3, true);
    long result = hypercall.result();
    long rip = ripAfterSkip(registers, exit.instructionLength());
    if (registers.isLongMode()) {
      hypercall.registersAfter(result, registers.general(Registers.RDX), rip);
    } else {
      hypercall.registersAfter(result & Registers.LOW_32, result >>> Integer.SIZE, rip);
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
    return carriedOutOf32 && !registers.isLongMode() ? after & Registers.LOW_32 : after;
  }
}
