package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.Control;
import java.util.List;

/** SDM 27.2.1.1 "VM-Execution Control Fields". */
final class ExecutionControlChecks {
  private static final long PAGE_OFFSET = 0xfff;
  private static final int ALLOWED = 32;
  private static final long VTPR = 0x80;

  /** IA32_VMX_MISC 24:16 cannot say more. */
  private static final int MOST_CR3_TARGETS = 0x1ff;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-C1")
              .says("The pin-based controls are as IA32_VMX_TRUE_PINBASED_CTLS demands and allows.")
              .about(PIN_BASED_VM_EXEC_CONTROL)
              .reads(Capability.VMX_TRUE_PINBASED_CTLS)
              .violatedWhen(forbidden(PIN_BASED_VM_EXEC_CONTROL, Capability.VMX_TRUE_PINBASED_CTLS))
              .evidence(
                  EntryEvidence.controls(PIN_BASED_VM_EXEC_CONTROL, Capability.VMX_TRUE_PINBASED_CTLS)),
          row("N-C2")
              .says("The primary controls are as IA32_VMX_TRUE_PROCBASED_CTLS demands and allows.")
              .about(CPU_BASED_VM_EXEC_CONTROL)
              .reads(Capability.VMX_TRUE_PROCBASED_CTLS)
              .violatedWhen(forbidden(CPU_BASED_VM_EXEC_CONTROL, Capability.VMX_TRUE_PROCBASED_CTLS))
              .evidence(
                  EntryEvidence.controls(CPU_BASED_VM_EXEC_CONTROL, Capability.VMX_TRUE_PROCBASED_CTLS)),
          row("N-C3")
              .says(
                  "With \"activate secondary controls\", those are as IA32_VMX_PROCBASED_CTLS2 demands and"
                      + " allows.")
              .about(SECONDARY_VM_EXEC_CONTROL)
              .reads(CPU_BASED_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS2)
              .violatedWhen(allOf(on(ACTIVATE_SECONDARY_CONTROLS),
                  forbidden(SECONDARY_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS2)))
              .evidence(
                  EntryEvidence.controls(SECONDARY_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS2)),
          row("N-C4")
              .says("There are no more CR3-target values than IA32_VMX_MISC 24:16 says.")
              .neverWithEvmcs()
              .about(VmcsField.CR3_TARGET_COUNT)
              .reads(Capability.VMX_MISC)
              .violatedWhen(tooManyCr3Targets())
              .evidence("{cr3_target_count} is more than bits 24:16 of {vmxMisc} allow"),
          page("N-C5", IO_BITMAP_A, "I/O-bitmap address A", USE_IO_BITMAPS)
              .kernel("vmx/nested.c nested_vmx_check_io_bitmap_controls")
              .evidence(address(IO_BITMAP_A)),
          page("N-C6", IO_BITMAP_B, "I/O-bitmap address B", USE_IO_BITMAPS)
              .kernel("vmx/nested.c nested_vmx_check_io_bitmap_controls")
              .evidence(address(IO_BITMAP_B)),
          page("N-C7", MSR_BITMAP, "The MSR-bitmap address", USE_MSR_BITMAPS)
              .kernel("vmx/nested.c nested_vmx_check_msr_bitmap_controls")
              .evidence(address(MSR_BITMAP)),
          page("N-C8", VIRTUAL_APIC_PAGE_ADDR, "The virtual-APIC address", USE_TPR_SHADOW)
              .kernel("vmx/nested.c nested_vmx_check_tpr_shadow_controls")
              .evidence(address(VIRTUAL_APIC_PAGE_ADDR)),
          page("N-C9", APIC_ACCESS_ADDR, "The APIC-access address", VIRTUALIZE_APIC_ACCESSES)
              .kernel("vmx/nested.c nested_vmx_check_apic_access_controls")
              .neverWithEvmcs()
              .evidence(address(APIC_ACCESS_ADDR)),
          row("N-C10")
              .says("\"Virtualize x2APIC mode\" and \"virtualize APIC accesses\" are not both 1.")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .about(SECONDARY_VM_EXEC_CONTROL)
              .readsSecondary()
              .violatedWhen(allOf(on(VIRTUALIZE_X2APIC_MODE), on(VIRTUALIZE_APIC_ACCESSES)))
              .evidence(
                  "{secondary_vm_exec_control} has both bit 4 (virtualize x2APIC mode) and bit 0"
                      + " (virtualize APIC accesses) set"),
          row("N-C11")
              .says("\"Virtual-interrupt delivery\" needs \"external-interrupt exiting\".")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .about(SECONDARY_VM_EXEC_CONTROL, PIN_BASED_VM_EXEC_CONTROL)
              .readsSecondary()
              .violatedWhen(allOf(on(VIRTUAL_INTERRUPT_DELIVERY), off(EXTERNAL_INTERRUPT_EXITING)))
              .evidence(
                  "{secondary_vm_exec_control} has bit 9 (virtual-interrupt delivery) set, while"
                      + " {pin_based_vm_exec_control} has bit 0 (external-interrupt exiting) clear"),
          row("N-C12")
              .says("\"Process posted interrupts\" needs \"virtual-interrupt delivery\".")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .about(PIN_BASED_VM_EXEC_CONTROL, SECONDARY_VM_EXEC_CONTROL)
              .readsSecondary()
              .violatedWhen(allOf(on(PROCESS_POSTED_INTERRUPTS), off(VIRTUAL_INTERRUPT_DELIVERY)))
              .evidence(
                  "{pin_based_vm_exec_control} has bit 7 (process posted interrupts) set, while"
                      + " virtual-interrupt delivery, bit 9 of {secondary_vm_exec_control}, is off"
                      + " ({cpu_based_vm_exec_control})"),
          row("N-C13")
              .says("\"Process posted interrupts\" needs \"acknowledge interrupt on exit\".")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .about(PIN_BASED_VM_EXEC_CONTROL, VM_EXIT_CONTROLS)
              .violatedWhen(allOf(on(PROCESS_POSTED_INTERRUPTS), off(EXIT_ACKNOWLEDGE_INTERRUPT_ON_EXIT)))
              .evidence(
                  "{pin_based_vm_exec_control} has bit 7 (process posted interrupts) set, while"
                      + " {vm_exit_controls} has bit 15 (acknowledge interrupt on exit) clear"),
          row("N-C14")
              .says("With \"process posted interrupts\", bits 15:8 of the notification vector are 0.")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .neverWithEvmcs()
              .about(POSTED_INTR_NV)
              .reads(PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(on(PROCESS_POSTED_INTERRUPTS), any(POSTED_INTR_NV, 0xff00)))
              .evidence(EntryEvidence.set(POSTED_INTR_NV, 0xff00, ", of a vector of 8 bits")),
          row("N-C15")
              .says(
                  "With \"process posted interrupts\", the descriptor address is aligned to 64 bytes and"
                      + " within the physical-address width.")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .neverWithEvmcs()
              .about(POSTED_INTR_DESC_ADDR)
              .reads(PIN_BASED_VM_EXEC_CONTROL, Capability.MAX_PHY_ADDR)
              .violatedWhen(allOf(on(PROCESS_POSTED_INTERRUPTS), aboveWidthOr(POSTED_INTR_DESC_ADDR, 0x3f)))
              .evidence(EntryEvidence.address(POSTED_INTR_DESC_ADDR, 0x3f, "")),
          row("N-C16")
              .says(
                  "\"Use TPR shadow\" is 1 where x2APIC mode or APIC registers are virtualized, or"
                      + " interrupts are delivered virtually or posted.")
              .kernel("vmx/nested.c nested_vmx_check_apicv_controls")
              .about(CPU_BASED_VM_EXEC_CONTROL)
              .readsSecondary()
              .reads(PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(anyOf(on(VIRTUALIZE_X2APIC_MODE), on(APIC_REGISTER_VIRTUALIZATION),
                  on(VIRTUAL_INTERRUPT_DELIVERY), on(PROCESS_POSTED_INTERRUPTS)), off(USE_TPR_SHADOW)))
              .evidence(
                  "{cpu_based_vm_exec_control} has bit 21 (use TPR shadow) clear, while"
                      + " {secondary_vm_exec_control} has one of bits 4, 8 and 9 set or"
                      + " {pin_based_vm_exec_control} bit 7 (APIC virtualization, posted interrupts)"),
          row("N-C17")
              .says("\"Virtual NMIs\" needs \"NMI exiting\".")
              .kernel("vmx/nested.c nested_vmx_check_nmi_controls")
              .about(PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(on(VIRTUAL_NMIS), off(NMI_EXITING)))
              .evidence(
                  "{pin_based_vm_exec_control} has bit 5 (virtual NMIs) set and bit 3 (NMI exiting) clear"),
          row("N-C18")
              .says("\"NMI-window exiting\" needs \"virtual NMIs\".")
              .kernel("vmx/nested.c nested_vmx_check_nmi_controls")
              .about(CPU_BASED_VM_EXEC_CONTROL, PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(on(NMI_WINDOW_EXITING), off(VIRTUAL_NMIS)))
              .evidence(
                  "{cpu_based_vm_exec_control} has bit 22 (NMI-window exiting) set, while"
                      + " {pin_based_vm_exec_control} has bit 5 (virtual NMIs) clear"),
          needsEpt("N-C19", ENABLE_PML, "\"Enable PML\"", "nested_vmx_check_pml_controls"),
          page("N-C20", PML_ADDRESS, "The PML address", ENABLE_PML)
              .kernel("vmx/nested.c nested_vmx_check_pml_controls")
              .neverWithEvmcs()
              .evidence(address(PML_ADDRESS)),
          needsEpt(
              "N-C21",
              UNRESTRICTED_GUEST,
              "\"Unrestricted guest\"",
              "nested_vmx_check_unrestricted_guest_controls"),
          needsEpt(
              "N-C22",
              MODE_BASED_EPT_EXECUTE,
              "\"Mode-based execute control for EPT\"",
              "nested_vmx_check_mode_based_ept_exec_controls"),
          page("N-C23", VMREAD_BITMAP, "The VMREAD-bitmap address", VMCS_SHADOWING)
              .kernel("vmx/nested.c nested_vmx_check_shadow_vmcs_controls")
              .neverWithEvmcs()
              .evidence(address(VMREAD_BITMAP)),
          page("N-C24", VMWRITE_BITMAP, "The VMWRITE-bitmap address", VMCS_SHADOWING)
              .kernel("vmx/nested.c nested_vmx_check_shadow_vmcs_controls")
              .neverWithEvmcs()
              .evidence(address(VMWRITE_BITMAP)),
          row("N-C25")
              .says("With \"enable VPID\", the VPID is not 0.")
              .about(VIRTUAL_PROCESSOR_ID)
              .readsSecondary()
              .violatedWhen(allOf(on(ENABLE_VPID), isZero(VIRTUAL_PROCESSOR_ID)))
              .evidence(
                  "{virtual_processor_id} is 0, while {secondary_vm_exec_control} has bit 5 (enable VPID)"
                      + " set"),
          eptp("N-C27")
              .says("With EPT, the memory type in EPTP 2:0 is one that the CPU supports: 6 (WB) or 0 (UC).")
              .violatedWhen(allOf(ept(),
                  not(anyOf(allOf(is(EPT_POINTER, 7, 6), bit(Capability.VMX_EPT_VPID_CAP, 14)),
                      allOf(is(EPT_POINTER, 7, 0), bit(Capability.VMX_EPT_VPID_CAP, 8))))))
              .evidence(
                  facts -> EntryEvidence.fill("{ept_pointer} has memory type ", facts)
                      + (facts.value(EPT_POINTER) & 7)
                      + EntryEvidence.fill(
                          " in bits 2:0; {vmxEptVpidCap} allows 6 with bit 14, 0 with bit 8", facts)),
          eptp("N-C28")
              .says("With EPT, the page-walk length in EPTP 5:3 is one that the CPU supports.")
              .violatedWhen(allOf(ept(),
                  not(anyOf(allOf(is(EPT_POINTER, 0x38, 0x18), bit(Capability.VMX_EPT_VPID_CAP, 6)),
                      allOf(is(EPT_POINTER, 0x38, 0x20), bit(Capability.VMX_EPT_VPID_CAP, 7))))))
              .evidence(
                  facts -> EntryEvidence.fill("{ept_pointer} has ", facts)
                      + ((facts.value(EPT_POINTER) >>> 3) & 7)
                      + EntryEvidence.fill(
                          " in bits 5:3 (page-walk length less 1); {vmxEptVpidCap} allows 3 with bit"
                              + " 6, 4 with bit 7",
                          facts)),
          eptp("N-C29")
              .alsoIn("SDM vol. 3, \"Extended-Page-Table Pointer (EPTP)\": bit 7")
              .says("With EPT, EPTP has no reserved bit set: 11:7, or one above the physical-address width.")
              .reads(Capability.MAX_PHY_ADDR)
              .violatedWhen(allOf(ept(), aboveWidthOr(EPT_POINTER, 0xf80)))
              .onBareCpu(allOf(ept(),
                  anyOf(aboveWidthOr(EPT_POINTER, 0xf00),
                      allOf(bit(EPT_POINTER, 7), not(bit(Capability.VMX_EPT_VPID_CAP, 23))))))
              .evidence(
                  facts -> EntryEvidence.fill("{ept_pointer} has ", facts)
                      + EntryEvidence.bits(
                          facts.value(EPT_POINTER) & (0xf80 | (-1L << EntryEvidence.width(facts))))
                      + " set, to be 0 (maxPhyAddr " + EntryEvidence.width(facts) + ")"),
          eptp("N-C30")
              .says("With EPT, accessed and dirty flags (EPTP bit 6) are on only if the CPU has them.")
              .violatedWhen(allOf(ept(), bit(EPT_POINTER, 6), not(bit(Capability.VMX_EPT_VPID_CAP, 21))))
              .evidence(
                  "{ept_pointer} has bit 6 (accessed and dirty flags) set, while {vmxEptVpidCap} has bit 21"
                      + " clear"),
          row("N-C31")
              .says("With \"enable VM functions\", no VM-function control is outside IA32_VMX_VMFUNC.")
              .neverWithEvmcs()
              .about(VM_FUNCTION_CONTROL)
              .readsSecondary()
              .reads(Capability.VMX_VMFUNC)
              .violatedWhen(
                  allOf(on(ENABLE_VM_FUNCTIONS), outside(VM_FUNCTION_CONTROL, Capability.VMX_VMFUNC, 0)))
              .evidence(EntryEvidence.outside(VM_FUNCTION_CONTROL, Capability.VMX_VMFUNC, 0)),
          row("N-C32")
              .says("The VM function \"EPTP switching\" needs EPT.")
              .neverWithEvmcs()
              .about(VM_FUNCTION_CONTROL)
              .readsSecondary()
              .violatedWhen(allOf(on(ENABLE_VM_FUNCTIONS), bit(VM_FUNCTION_CONTROL, 0), not(ept())))
              .evidence(
                  "{vm_function_control} has bit 0 (EPTP switching) set, while"
                      + " {secondary_vm_exec_control} has bit 1 (enable EPT) clear"),
          row("N-C33")
              .says(
                  "With the VM function \"EPTP switching\", the EPTP-list address is aligned to 4 KiB and"
                      + " within the physical-address width.")
              .neverWithEvmcs()
              .about(EPTP_LIST_ADDRESS)
              .readsSecondary()
              .reads(VM_FUNCTION_CONTROL, Capability.MAX_PHY_ADDR)
              .violatedWhen(
                  allOf(on(ENABLE_VM_FUNCTIONS), bit(VM_FUNCTION_CONTROL, 0), badPage(EPTP_LIST_ADDRESS)))
              .evidence(address(EPTP_LIST_ADDRESS)),
          row("N-S1")
              .says(
                  "With \"use TPR shadow\" and no \"virtual-interrupt delivery\", bits 31:4 of the TPR"
                      + " threshold are 0.")
              .kernel("")
              .about(TPR_THRESHOLD)
              .readsSecondary()
              .violatedWhen(allOf(on(USE_TPR_SHADOW), off(VIRTUAL_INTERRUPT_DELIVERY),
                  any(TPR_THRESHOLD, 0xffff_fff0L)))
              .evidence(EntryEvidence.set(TPR_THRESHOLD, 0xffff_fff0L, ", of a threshold of 4 bits")),
          row("N-S2")
              .says(
                  "With \"use TPR shadow\", and neither \"virtual-interrupt delivery\" nor \"virtualize"
                      + " APIC accesses\", the TPR threshold is not above bits 7:4 of VTPR.")
              .kernel("")
              .about(TPR_THRESHOLD)
              .readsSecondary()
              .reads(VIRTUAL_APIC_PAGE_ADDR, Circumstance.MEMORY)
              .violatedWhen(thresholdAboveVtpr())
              .evidence(
                  facts -> EntryEvidence.fill("{tpr_threshold} has ", facts)
                      + (facts.value(TPR_THRESHOLD) & 0xf)
                      + " in bits 3:0, above bits 7:4 of VTPR, "
                      + EntryEvidence.hex(facts.u8(facts.value(VIRTUAL_APIC_PAGE_ADDR) + VTPR))
                      + EntryEvidence.fill(" at {virtual_apic_page_addr} + 0x80", facts)),
          row("N-S49")
              .notSeenInSdm("the whole check")
              .says("With \"activate tertiary controls\", those are as IA32_VMX_PROCBASED_CTLS3 allows.")
              .onlyOnBareCpu()
              .about(TERTIARY_VM_EXEC_CONTROL)
              .reads(CPU_BASED_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS3)
              .violatedWhen(allOf(on(ACTIVATE_TERTIARY_CONTROLS),
                  outside(TERTIARY_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS3, 0)))
              .evidence(
                  EntryEvidence.outside(TERTIARY_VM_EXEC_CONTROL, Capability.VMX_PROCBASED_CTLS3, 0)),
          page(
              "N-S50",
              VE_INFORMATION_ADDRESS,
              "The virtualization-exception information address",
              EPT_VIOLATION_VE)
              .onlyOnBareCpu()
              .evidence(address(VE_INFORMATION_ADDRESS)),
          needsEpt(
              "N-S51",
              SUB_PAGE_WRITE_PERMISSIONS,
              "\"Sub-page write permissions for EPT\"",
              ""),
          page(
              "N-S52",
              SUB_PAGE_PERMISSION_PTR,
              "The sub-page-permission-table pointer",
              SUB_PAGE_WRITE_PERMISSIONS)
              .onlyOnBareCpu()
              .evidence(address(SUB_PAGE_PERMISSION_PTR)),
          row("N-S53")
              .says(
                  "\"Intel PT uses guest physical addresses\" needs EPT, \"load IA32_RTIT_CTL\" at entry and"
                      + " \"clear IA32_RTIT_CTL\" at exit.")
              .onlyOnBareCpu()
              .about(SECONDARY_VM_EXEC_CONTROL, VM_ENTRY_CONTROLS, VM_EXIT_CONTROLS)
              .readsSecondary()
              .violatedWhen(allOf(on(PT_USES_GUEST_PHYSICAL_ADDRESSES),
                  not(allOf(ept(), on(ENTRY_LOAD_IA32_RTIT_CTL), on(EXIT_CLEAR_IA32_RTIT_CTL)))))
              .evidence(
                  "{secondary_vm_exec_control} has bit 24 (Intel PT uses guest physical addresses) set, but"
                      + " not all of its bit 1 (enable EPT), bit 18 of {vm_entry_controls} and bit 25 of"
                      + " {vm_exit_controls}"),
          row("N-S54")
              .says("IA32_RTIT_CTL is not loaded at entry while Intel PT traces.")
              .onlyOnBareCpu()
              .about(VM_ENTRY_CONTROLS)
              .reads(Circumstance.TRACING)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_RTIT_CTL), holds(Circumstance.TRACING)))
              .evidence(
                  "{vm_entry_controls} has bit 18 (load IA32_RTIT_CTL) set, while IA32_RTIT_CTL has bit 0"
                      + " (TraceEn) set at the instruction"));

  private ExecutionControlChecks() {}

  private static Row row(String id) {
    return new Row(
        id, SdmSection.EXECUTION_CONTROLS, "vmx/nested.c nested_check_vm_execution_controls");
  }

  private static Row page(String id, VmcsField field, String what, Control control) {
    return row(id)
        .says(
            what
                + " is aligned to 4 KiB and within the physical-address width, if \""
                + control.title()
                + "\" is 1.")
        .about(field)
        .reads(CPU_BASED_VM_EXEC_CONTROL, EntryFacts.ofEvmcs(control.field()), Capability.MAX_PHY_ADDR)
        .violatedWhen(allOf(on(control), badPage(field)));
  }

  private static EntryCheck.Evidence address(VmcsField field) {
    return EntryEvidence.address(field, PAGE_OFFSET, "");
  }

  private static EntryCheck needsEpt(
      String id, Control control, String title, String kernel) {
    Row row =
        row(id)
            .says(title + " needs EPT.")
            .kernel("vmx/nested.c " + kernel)
            .about(SECONDARY_VM_EXEC_CONTROL)
            .readsSecondary()
            .violatedWhen(allOf(on(control), not(ept())));
    if (kernel.isEmpty()) {
      row.onlyOnBareCpu();
    }
    return row.evidence(
        "{secondary_vm_exec_control} has bit "
            + control.bit()
            + " ("
            + control.title()
            + ") set and bit 1 (enable EPT) clear");
  }

  private static Row eptp(String id) {
    return row(id)
        .kernel("vmx/nested.c nested_vmx_check_eptp")
        .about(EPT_POINTER)
        .readsSecondary()
        .reads(Capability.VMX_EPT_VPID_CAP);
  }

  private static Condition tooManyCr3Targets() {
    return allOf(not(isZero(CR3_TARGET_COUNT)), judged(ExecutionControlChecks::moreThanAllowed));
  }

  private static int moreThanAllowed(EntryFacts facts) {
    long count = facts.value(CR3_TARGET_COUNT);
    return count > MOST_CR3_TARGETS
        ? Truth.YES
        : Truth.ifKnown(
            facts.known(CR3_TARGET_COUNT) && facts.known(Capability.VMX_MISC),
            count > ((facts.value(Capability.VMX_MISC) >>> 16) & MOST_CR3_TARGETS));
  }

  private static Condition thresholdAboveVtpr() {
    return allOf(
        on(USE_TPR_SHADOW),
        off(VIRTUAL_INTERRUPT_DELIVERY),
        off(VIRTUALIZE_APIC_ACCESSES),
        judged(ExecutionControlChecks::aboveVtpr));
  }

  private static int aboveVtpr(EntryFacts facts) {
    if (!facts.known(TPR_THRESHOLD, VIRTUAL_APIC_PAGE_ADDR)) {
      return Truth.MAYBE;
    }
    long threshold = facts.value(TPR_THRESHOLD) & 0xf;
    int vtpr = facts.u8(facts.value(VIRTUAL_APIC_PAGE_ADDR) + VTPR);
    if (vtpr < 0) {
      return threshold == 0 || !facts.isBareCpu() ? Truth.NO : Truth.MAYBE;
    }
    return Truth.of(threshold > vtpr >>> 4);
  }

  /** The control word bits that a capability MSR may allow stand in its upper half. */
  static Condition allows(Capability capability, int bit) {
    return bit(capability, ALLOWED + bit);
  }
}
