package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The checks of a VM-entry by what KVM prints of the one that failed: the text of a condition in C. A row has the names
 * that have to be in that text, and the check. The first row that fits is taken, so what says more stands before what
 * says less. Names stay from kernel to kernel where conditions are rewritten.
 */
final class FailedChecks {
  private static final List<Row> ROWS = new ArrayList<>();

  private record Row(List<String> names, List<EntryCheck> checks) {}

  static {
    row("N-P1", "evmptrld_status");
    row("N-P2", "interrupt_shadow");
    row("N-P2", "SHADOW_INT_MOV_SS");
    row("N-P3", "launch_state");
    row("N-S48", "vmcs12->hdr.shadow_vmcs");
    // controls
    row("N-C49", "EVMCS_PINCTRL");
    row("N-C50", "EVMCS_EXEC_CTRL");
    row("N-C51", "EVMCS_2NDEXEC");
    row("N-C52", "EVMCS_EXIT_CTRLS");
    row("N-C53", "EVMCS_ENTRY_CTRLS");
    row("N-C54", "EVMCS_VMFUNC");
    row("N-C1", "pin_based_vm_exec_control", "pinbased_ctls");
    row("N-C2", "cpu_based_vm_exec_control", "procbased_ctls");
    row("N-C3", "secondary_vm_exec_control", "secondary_ctls");
    row("N-C4", "cr3_target_count");
    row("N-C5", "io_bitmap_a");
    row("N-C6", "io_bitmap_b");
    row("N-C7", "msr_bitmap");
    row("N-C8", "virtual_apic_page_addr");
    row("N-C9", "apic_access_addr");
    row("N-C10", "virt_x2apic_mode", "VIRTUALIZE_APIC_ACCESSES");
    row("N-C11", "nested_exit_on_intr");
    row("N-C12", "nested_cpu_has_vid", "nested_cpu_has_posted_intr");
    row("N-C12", "!nested_cpu_has_vid");
    row("N-C13", "nested_exit_intr_ack_set");
    row("N-C14", "posted_intr_nv");
    row("N-C15", "posted_intr_desc_addr");
    row("N-C16", "CPU_BASED_TPR_SHADOW");
    row("N-C21", "SECONDARY_EXEC_UNRESTRICTED_GUEST");
    row("N-C22", "SECONDARY_EXEC_MODE_BASED_EPT_EXEC");
    row("N-C18", "nested_cpu_has_virtual_nmis", "NMI_WINDOW_EXITING");
    row("N-C17", "nested_cpu_has_nmi_exiting");
    row("N-C20", "pml_address");
    row("N-C23", "vmread_bitmap");
    row("N-C24", "vmwrite_bitmap");
    row("N-C25", "virtual_processor_id");
    row("N-C26", "save_preemption_timer");
    row("N-C27", "ept_caps", "VMX_EPTP_UC_BIT");
    row("N-C27", "ept_caps", "VMX_EPTP_WB_BIT");
    row("N-C28", "PAGE_WALK_");
    row("N-C30", "VMX_EPT_AD_BIT");
    row("N-C29", "new_eptp");
    either("ept_pointer", "N-C27", "N-C28", "N-C29", "N-C30");
    row("N-C31", "vm_function_control");
    row("N-C33", "eptp_list_address");
    row("N-C34", "vm_exit_controls", "exit_ctls");
    row("N-C35", "vm_exit_msr_load");
    row("N-C36", "vm_exit_msr_store");
    either("exit_msr_switch", "N-C35", "N-C36");
    row("N-C37", "vm_entry_controls", "entry_ctls");
    row("N-C38", "INTR_TYPE_RESERVED");
    row("N-C39", "INTR_TYPE_OTHER_EVENT", "monitor_trap_flag");
    row("N-C42", "INTR_TYPE_OTHER_EVENT");
    row("N-C40", "INTR_TYPE_NMI_INTR");
    row("N-C41", "INTR_TYPE_HARD_EXCEPTION");
    row("N-C44", "vm_entry_exception_error_code");
    row("N-C43", "should_have_error_code");
    row("N-C45", "INTR_INFO_RESVD_BITS_MASK");
    row("N-C47", "zero_length_injection");
    row("N-C47", "vm_entry_instruction_len", "== 0");
    row("N-C46", "vm_entry_instruction_len");
    row("N-C48", "vm_entry_msr_load");
    either("nested_cpu_has_ept", "N-C19", "N-C32"); // the same text
    // host state
    row("N-H1", "ADDR_SPACE_SIZE", "EFER_LMA");
    row("N-H2", "host_cr0_valid");
    row("N-H3", "host_cr4_valid");
    row("N-H5", "host_cr4", "CR4_CET");
    row("N-H10", "host_cr4", "CR4_PAE");
    row("N-H12", "host_cr4", "CR4_PCIDE");
    row("N-H4", "host_cr3");
    row("N-H6", "host_ia32_sysenter_esp");
    row("N-H7", "host_ia32_sysenter_eip");
    row("N-H8", "host_ia32_pat");
    row("N-H9", "host_ia32_perf_global_ctrl");
    row("N-H11", "vm_entry_controls", "VM_ENTRY_IA32E_MODE");
    row("N-H13", "host_rip", ">> 32");
    row("N-H29", "host_rip");
    row("N-H1", "HOST_ADDR_SPACE_SIZE");
    row("N-H21", "host_cs_selector == 0");
    row("N-H22", "host_tr_selector == 0");
    row("N-H23", "host_ss_selector == 0");
    row("N-H14", "host_cs_selector");
    row("N-H15", "host_ss_selector");
    row("N-H16", "host_ds_selector");
    row("N-H17", "host_es_selector");
    row("N-H18", "host_fs_selector");
    row("N-H19", "host_gs_selector");
    row("N-H20", "host_tr_selector");
    row("N-H24", "host_fs_base");
    row("N-H25", "host_gs_base");
    row("N-H26", "host_gdtr_base");
    row("N-H27", "host_idtr_base");
    row("N-H28", "host_tr_base");
    row("N-H31", "host_ia32_efer", "EFER_LMA");
    row("N-H32", "host_ia32_efer", "EFER_LME");
    row("N-H30", "host_ia32_efer");
    // guest state
    row("N-G3", "guest_cr4", "CR4_CET");
    row("N-G1", "guest_cr0_valid");
    row("N-G2", "guest_cr4_valid");
    row("N-G4", "guest_dr7");
    row("N-G5", "debugctl");
    row("N-G6", "guest_ia32_pat");
    row("N-G8", "kvm_vcpu_map", "vmcs_link_pointer");
    row("N-G8", "read_guest_cached", "vmcs_link_pointer");
    row("N-G9", "revision_id");
    row("N-G10", "shadow_vmcs");
    row("N-G7", "vmcs_link_pointer");
    row("N-G11", "guest_ia32_perf_global_ctrl");
    row("N-G17", "guest_ia32_efer", "EFER_LME");
    row("N-G16", "guest_ia32_efer", "EFER_LMA");
    row("N-G15", "guest_ia32_efer");
    row("N-G12", "guest_cr0", "X86_CR0_PE");
    row("N-G13", "guest_cr4", "X86_CR4_PAE");
    row("N-G14", "guest_cr0", "X86_CR0_PG");
    row("N-G19", "BNDCFGS_RSVD");
    row("N-G18", "guest_bndcfgs");
    row("N-G20", "guest_activity_state");
    row("N-G22", "guest_cr3");
    row("N-G21", "guest_state_valid");
    row("N-G23", "load_pdptrs");
    row("N-G22", "(vcpu, cr3)");
  }

  private FailedChecks() {}

  /** What the failed check can be: one, several where the text does not tell them apart, or none that is known. */
  static List<EntryCheck> of(String text) {
    for (Row row : ROWS) {
      if (row.names().stream().allMatch(text::contains)) {
        return row.checks();
      }
    }
    return List.of();
  }

  private static void row(String id, String... names) {
    ROWS.add(new Row(List.of(names), List.of(check(id))));
  }

  private static void either(String name, String... ids) {
    ROWS.add(new Row(List.of(name), Arrays.stream(ids).map(FailedChecks::check).toList()));
  }

  private static EntryCheck check(String id) {
    return Objects.requireNonNull(EntryChecks.of(id), id);
  }
}
