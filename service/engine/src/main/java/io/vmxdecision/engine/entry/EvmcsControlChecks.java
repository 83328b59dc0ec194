package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/**
 * What an eVMCS can express of the controls: TLFS and KVM {@code nested_evmcs_check_controls()}, which
 * comes after all that the SDM asks. Secondary controls count here even if they are not activated.
 */
final class EvmcsControlChecks {
  /** The bits of each control word that an eVMCS supports. */
  static final long PIN_BASED = 0x3f;

  static final long PRIMARY = 0xfff9_fffeL;
  static final long SECONDARY = 0xc519_98feL;
  static final long VM_EXIT = 0x3bf_ffffL;
  static final long VM_ENTRY = 0x7_f3ffL;

  static final List<EntryCheck> CHECKS =
      List.of(
          word("N-C49", PIN_BASED_VM_EXEC_CONTROL, PIN_BASED, "pin-based", "no preemption timer, no posted"
              + " interrupts"),
          word("N-C50", CPU_BASED_VM_EXEC_CONTROL, PRIMARY, "primary", "no tertiary controls"),
          word("N-C51", SECONDARY_VM_EXEC_CONTROL, SECONDARY, "secondary", "no APIC accesses or"
              + " registers, no virtual-interrupt delivery, PAUSE-loop exiting, VM functions, VMCS"
              + " shadowing, PML, mode-based EPT or TSC scaling"),
          word("N-C52", VM_EXIT_CONTROLS, VM_EXIT, "VM-exit", "no saving of the preemption timer"),
          word("N-C53", VM_ENTRY_CONTROLS, VM_ENTRY, "VM-entry", "nothing of SMM"),
          new Row("N-C54", SdmSection.ENTRY_CONTROLS, "")
              .says("No VM function is on; an eVMCS has no place for one.")
              .specification("TLFS, Nested Virtualization: enlightened VMCS")
              .kernel("vmx/hyperv.c nested_evmcs_check_controls")
              .onlyWithEvmcs()
              .neverWithEvmcs()
              .about(VM_FUNCTION_CONTROL)
              .violatedWhen(facts -> facts.any(VM_FUNCTION_CONTROL, 0xffff_ffffL))
              .evidence(EntryEvidence.set(VM_FUNCTION_CONTROL, 0xffff_ffffL, ", which an eVMCS has not")));

  private EvmcsControlChecks() {}

  private static EntryCheck word(
      String id, VmcsField field, long supported, String which, String lacks) {
    return new Row(id, SdmSection.ENTRY_CONTROLS, "")
        .says("The " + which + " controls are such as an eVMCS supports: " + lacks + ".")
        .specification("TLFS, Nested Virtualization: enlightened VMCS")
        .kernel("vmx/hyperv.c nested_evmcs_check_controls")
        .onlyWithEvmcs()
        .about(field)
        .violatedWhen(facts -> facts.any(field, ~supported))
        .evidence(EntryEvidence.unsupported(field, supported));
  }
}
