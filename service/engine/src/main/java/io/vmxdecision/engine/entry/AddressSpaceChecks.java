package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.2.4 "Checks Related to Address-Space Size". */
final class AddressSpaceChecks {
  private static final int CR4_PCIDE = 17;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-H1")
              .says("\"Host address-space size\" is 1 if, and only if, L1 is in IA-32e mode now.")
              .kernel("vmx/nested.c nested_vmx_check_address_space_size")
              .about(VM_EXIT_CONTROLS)
              .reads(Circumstance.LONG_MODE)
              .violatedWhen(differ(host64(), holds(Circumstance.LONG_MODE)))
              .evidence(
                  facts -> EntryEvidence.fill(
                      "{vm_exit_controls} has bit 9 (host address-space size) ", facts)
                      + (host64().in(facts) == Truth.YES
                          ? "set, while IA32_EFER.LMA is 0 at the instruction"
                          : "clear, while IA32_EFER.LMA is 1 at the instruction")),
          row("N-H10")
              .says("With \"host address-space size\", host CR4.PAE is 1.")
              .about(HOST_CR4)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(host64(), not(bit(HOST_CR4, EntryFacts.CR4_PAE))))
              .evidence(
                  "{host_cr4} has bit 5 (PAE) clear, while {vm_exit_controls} has bit 9 (host"
                      + " address-space size) set"),
          row("N-H11")
              .says("Without \"host address-space size\", \"IA-32e mode guest\" is 0.")
              .about(VM_ENTRY_CONTROLS)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(not(host64()), ia32e()))
              .evidence(
                  "{vm_entry_controls} has bit 9 (IA-32e mode guest) set, while {vm_exit_controls} has bit"
                      + " 9 (host address-space size) clear"),
          row("N-H12")
              .says("Without \"host address-space size\", host CR4.PCIDE is 0.")
              .about(HOST_CR4)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(not(host64()), bit(HOST_CR4, CR4_PCIDE)))
              .evidence(
                  "{host_cr4} has bit 17 (PCIDE) set, while {vm_exit_controls} has bit 9 (host"
                      + " address-space size) clear"),
          row("N-H13")
              .says("Without \"host address-space size\", bits 63:32 of host RIP are 0.")
              .about(HOST_RIP)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(not(host64()), anyHigh(HOST_RIP)))
              .evidence(
                  "{host_rip} has {host_rip&ffffffff00000000} set, while {vm_exit_controls} has bit 9 (host"
                      + " address-space size) clear"),
          row("N-H29")
              .says("Host RIP is canonical, by CR4.LA57 of L1 at the instruction.")
              .about(HOST_RIP)
              .reads(Circumstance.LA57, VM_EXIT_CONTROLS)
              .violatedWhen(ripNotCanonical())
              .onBareCpu(allOf(host64(), ripNotCanonical()))
              .evidence(
                  facts -> EntryEvidence.fill("{host_rip} is not canonical: bits 63:", facts)
                      + (facts.holds(Circumstance.LA57) == Truth.YES ? "56" : "47")
                      + " are not all equal"));

  private AddressSpaceChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.ADDRESS_SPACE, "vmx/nested.c nested_vmx_check_host_state");
  }

  private static Condition ripNotCanonical() {
    return nonCanonical(HOST_RIP, -1L, Circumstance.LA57, 48, 57);
  }
}
