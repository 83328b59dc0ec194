package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.ExitToL1;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.List;

/**
 * Rules S: the exit that L1 sees, reflected or synthetic, and what it changes in the enlightened
 * VMCS. KVM {@code nested_vmx_vmexit()}, {@code prepare_vmcs12()}, {@code
 * vmcs12_save_pending_event()} and {@code copy_vmcs12_to_enlightened()}.
 *
 * <p>Left out, because a snapshot does not hold what it would need: KVM also corrects "blocking by
 * NMI" (interruptibility bit 3) when an NMI's delivery or an IRET faulted ({@code
 * vmx_recover_nmi_blocking()}). Bit 3 stays as the eVMCS has it.
 */
public final class SynthesisRules {
  public static final Rule S =
      new Rule(
          32,
          "S",
          "L1 gets an exit.",
          "Exit information and the guest state of L2 are written into the enlightened VMCS.",
          "vmx/nested.c nested_vmx_vmexit(), prepare_vmcs12(), vmcs12_save_pending_event(),"
              + " copy_vmcs12_to_enlightened()",
          "SDM vol. 3, VM Exits: Recording VM-Exit Information, Saving Guest State",
          List.of(
              Input.exit("exit reason"),
              Input.exit("exit qualification"),
              Input.exit("interruption information"),
              Input.exit("interruption error code"),
              Input.exit("IDT-vectoring information"),
              Input.exit("IDT-vectoring error code"),
              Input.exit("instruction length"),
              Input.exit("instruction information"),
              Input.exit("guest-linear address"),
              Input.register(Registers.RSP),
              new Input.Word(Input.Source.REGISTERS, "RIP", Input.Word.WHOLE),
              new Input.Word(Input.Source.REGISTERS, "RFLAGS", Input.Word.WHOLE),
              Input.State.WRITTEN_FIELDS),
          SynthesisRules::synthesis);

  /** Interruptibility bits 1:0: blocking by STI and by MOV SS. Skipping an instruction ends both. */
  private static final int BLOCKING_BY_STI_OR_MOV_SS = 3;

  private SynthesisRules() {}

  /**
   * The exit as the CPU reported it goes to L1.
   *
   * @param active whether an enlightened VMCS is in use; else L1's VMCS is an ordinary one, and there is no
   *     page to write
   */
  public static void reflect(Snapshot snapshot, VmExit exit, boolean active, Decision decision) {
    int info = exit.interruptionInfo();
    synthesize(exit, exit.reason(), exit.qualification(), info, decision);
    if (active) {
      write(snapshot, exit, info, exit.registers().rip(), 0, decision);
    }
  }

  /**
   * L1 gets the synthetic exit "trap after flush". RIP stands behind the VMCALL already, while the
   * instruction length still is the VMCALL's: L1 must not advance RIP. It follows a flush of L2 alone, for
   * which an enlightened VMCS has to be in use.
   */
  public static void injectTrapAfterFlush(
      Snapshot snapshot, VmExit exit, long rip, Decision decision) {
    int enclave = exit.reason() & ExitReason.ENCLAVE_MODE;
    synthesize(exit, ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH | enclave, 0, 0, decision);
    write(snapshot, exit, 0, rip, BLOCKING_BY_STI_OR_MOV_SS, decision);
  }

  /** What L1 learns of the exit, in whichever VMCS. */
  private static void synthesize(
      VmExit exit, int reason, long qualification, int interruptionInfo, Decision decision) {
    decision.record(S, true);
    ExitToL1 toL1 = decision.exitToL1();
    toL1.begin(reason, qualification);
    if (!ExitReason.isFailedVmEntry(reason)) {
      int event = pendingEvent(reason, interruptionInfo, exit.idtVectoringInfo());
      toL1.information(interruptionInfo, event, exit.instructionLength(), exit.instructionInfo());
    }
  }

  /**
   * What {@code exitToL1} and the state of L2 change in the page, in ascending order of the offset. Fields
   * that keep their value drop out.
   *
   * @param interruptionInfo that of the exit, also when the VM-entry failed and L1 is told none
   * @param rip where L2 goes on
   * @param interruptibilityCleared bits of the interruptibility that end
   */
  private static void write(
      Snapshot snapshot,
      VmExit exit,
      int interruptionInfo,
      long rip,
      int interruptibilityCleared,
      Decision decision) {
    EnlightenedVmcs page = snapshot.evmcs();
    Registers registers = exit.registers();
    ExitToL1 toL1 = decision.exitToL1();
    EvmcsWrites writes = toL1.evmcsWrites();
    boolean entered = !ExitReason.isFailedVmEntry(toL1.reason());
    int event = toL1.idtVectoringInfo();
    writes.write(page, EvmcsField.GUEST_ACTIVITY_STATE, 0);
    writes.write(page, EvmcsField.VM_EXIT_REASON, Integer.toUnsignedLong(toL1.reason()));
    if (entered) {
      writes.write(page, EvmcsField.VM_EXIT_INTR_INFO, Integer.toUnsignedLong(interruptionInfo));
    }
    if (InterruptionInfo.hasErrorCode(interruptionInfo)) {
      long code = Integer.toUnsignedLong(exit.interruptionErrorCode());
      writes.write(page, EvmcsField.VM_EXIT_INTR_ERROR_CODE, code);
    }
    if (entered) {
      writes.write(page, EvmcsField.IDT_VECTORING_INFO_FIELD, Integer.toUnsignedLong(event));
      if (InterruptionInfo.hasErrorCode(event)) {
        long code = Integer.toUnsignedLong(exit.idtVectoringErrorCode());
        writes.write(page, EvmcsField.IDT_VECTORING_ERROR_CODE, code);
      }
      writes.write(page, EvmcsField.VM_EXIT_INSTRUCTION_LEN,
          Integer.toUnsignedLong(exit.instructionLength()));
      writes.write(page, EvmcsField.VMX_INSTRUCTION_INFO, Integer.toUnsignedLong(exit.instructionInfo()));
    }
    writes.write(page, EvmcsField.EXIT_QUALIFICATION, toL1.qualification());
    writes.write(page, EvmcsField.GUEST_LINEAR_ADDRESS, exit.guestLinearAddress());
    writes.write(page, EvmcsField.GUEST_RSP, registers.general(Registers.RSP));
    writes.write(page, EvmcsField.GUEST_RFLAGS, registers.rflags());
    writes.write(
        page,
        EvmcsField.GUEST_INTERRUPTIBILITY_INFO,
        page.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO) & ~interruptibilityCleared);
    if (entered) {
      writes.write(
          page,
          EvmcsField.VM_ENTRY_INTR_INFO_FIELD,
          page.value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD) & ~InterruptionInfo.VALID);
      if (isSoftwareInterrupt(event)) {
        long length = Integer.toUnsignedLong(exit.instructionLength());
        writes.write(page, EvmcsField.VM_ENTRY_INSTRUCTION_LEN, length);
      }
    }
    writes.write(page, EvmcsField.GUEST_RIP, rip);
  }

  /**
   * The event whose delivery the exit cut short, as KVM re-encodes it for L1 after having taken it
   * for re-injection; 0 for none, and for a type that it does not carry over (5, INT1).
   */
  private static int pendingEvent(int reason, int interruptionInfo, int idtVectoringInfo) {
    if (isTripleOrDoubleFault(reason, interruptionInfo)
        || !InterruptionInfo.isValid(idtVectoringInfo)) {
      return 0;
    }
    int vector = InterruptionInfo.vector(idtVectoringInfo);
    int type = InterruptionInfo.type(idtVectoringInfo);
    return switch (type) {
      case InterruptionInfo.NMI ->
        InterruptionInfo.of(InterruptionInfo.NMI, InterruptionInfo.NMI_VECTOR);
      case InterruptionInfo.HARDWARE_EXCEPTION, InterruptionInfo.SOFTWARE_EXCEPTION ->
        InterruptionInfo.of(exceptionType(vector), vector)
            | (idtVectoringInfo & InterruptionInfo.ERROR_CODE_VALID);
      case InterruptionInfo.EXTERNAL_INTERRUPT, InterruptionInfo.SOFTWARE_INTERRUPT ->
        InterruptionInfo.of(type, vector);
      default -> 0;
    };
  }

  /** SDM: neither fault counts as having occurred during the delivery of an event. */
  private static boolean isTripleOrDoubleFault(int reason, int interruptionInfo) {
    int basic = ExitReason.basic(reason);
    return basic == BasicExitReason.TRIPLE_FAULT.number()
        || (basic == BasicExitReason.EXCEPTION_NMI.number()
            && InterruptionInfo.isHardwareException(interruptionInfo, InterruptionInfo.DF_VECTOR));
  }

  /** KVM remembers the vector alone: #BP and #OF are software exceptions, all others hardware's. */
  private static int exceptionType(int vector) {
    return vector == InterruptionInfo.BP_VECTOR || vector == InterruptionInfo.OF_VECTOR
        ? InterruptionInfo.SOFTWARE_EXCEPTION
        : InterruptionInfo.HARDWARE_EXCEPTION;
  }

  private static boolean isSoftwareInterrupt(int event) {
    return InterruptionInfo.isValid(event)
        && InterruptionInfo.type(event) == InterruptionInfo.SOFTWARE_INTERRUPT;
  }

  private static String synthesis(Decided decided) {
    ExitToL1 toL1 = decided.decision().exitToL1();
    return "exit reason " + Words.hex(toL1.reason()) + "; "
        + (decided.decision().met(EligibilityRules.F1)
            ? toL1.evmcsWrites().count() + " fields of the eVMCS change"
            : "no eVMCS is active to be written");
  }
}
