package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What an eVMCS can express of the controls: TLFS and KVM {@code nested_evmcs_check_controls()}, which
 * comes after all that the SDM asks. Secondary controls count here even if they are not activated.
 */
final class EvmcsControlChecks {
  /** The control words of an eVMCS. */
  static final List<VmcsField> WORDS =
      List.of(
          PIN_BASED_VM_EXEC_CONTROL,
          CPU_BASED_VM_EXEC_CONTROL,
          SECONDARY_VM_EXEC_CONTROL,
          VM_EXIT_CONTROLS,
          VM_ENTRY_CONTROLS);

  static final List<EntryCheck> CHECKS =
      List.of(
          word("N-C49", PIN_BASED_VM_EXEC_CONTROL, "pin-based", "no preemption timer, no posted"
              + " interrupts"),
          word("N-C50", CPU_BASED_VM_EXEC_CONTROL, "primary", "no tertiary controls"),
          word("N-C51", SECONDARY_VM_EXEC_CONTROL, "secondary", "no APIC accesses or"
              + " registers, no virtual-interrupt delivery, PAUSE-loop exiting, VM functions, VMCS"
              + " shadowing, PML, mode-based EPT or TSC scaling"),
          word("N-C52", VM_EXIT_CONTROLS, "VM-exit", "no saving of the preemption timer"),
          word("N-C53", VM_ENTRY_CONTROLS, "VM-entry", "nothing of SMM"),
          new Row("N-C54", SdmSection.ENTRY_CONTROLS, "")
              .says("No VM function is on; an eVMCS has no place for one.")
              .specification("TLFS, Nested Virtualization: enlightened VMCS")
              .kernel("vmx/hyperv.c nested_evmcs_check_controls")
              .onlyWithEvmcs()
              .neverWithEvmcs()
              .about(VM_FUNCTION_CONTROL)
              .violatedWhen(any(VM_FUNCTION_CONTROL, 0xffff_ffffL))
              .evidence(EntryEvidence.set(VM_FUNCTION_CONTROL, 0xffff_ffffL, ", which an eVMCS has not")));

  private EvmcsControlChecks() {}

  /** The bits of the word that the profile's L0 supports of an eVMCS, in 31:0. */
  static long supported(EntryProfile profile, EvmcsField word) {
    return Integer.toUnsignedLong(profile.evmcs().controls(word));
  }

  /** The bits of the word that it refuses, in 31:0. */
  static long refused(EntryProfile profile, VmcsField word) {
    return word.mask() & ~supported(profile, Objects.requireNonNull(word.evmcsField()));
  }

  private static String refusedByKernel(VmcsField word) {
    return Arrays.stream(EntryProfile.values())
        .filter(EntryProfile::modelsEvmcs)
        .map(profile -> EntryEvidence.hex(refused(profile, word)) + " under " + profile.id())
        .collect(Collectors.joining(", "));
  }

  private static EntryCheck word(String id, VmcsField field, String which, String lacks) {
    return new Row(id, SdmSection.ENTRY_CONTROLS, "")
        .says(
            "The "
                + which
                + " controls are such as an eVMCS supports: "
                + lacks
                + ". Refused are "
                + refusedByKernel(field)
                + ".")
        .specification("TLFS, Nested Virtualization: enlightened VMCS")
        .kernel("vmx/hyperv.c nested_evmcs_check_controls")
        .onlyWithEvmcs()
        .about(field)
        .violatedWhen(unsupported(field))
        .evidence(EntryEvidence.unsupported(field));
  }
}
