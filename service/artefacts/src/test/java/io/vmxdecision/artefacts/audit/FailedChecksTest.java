package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What {@code kvm_nested_vmenter_failed} prints, and the rules that it is: a text for each check that prints one. */
class FailedChecksTest {
  /** KVM makes them, but prints nothing of its own: MSR lists are loaded later, N-C26 is not traced. */
  private static final Set<String> SILENT = Set.of("N-C26");

  private static final String SELECTOR = " & (SEGMENT_RPL_MASK | SEGMENT_TI_MASK)";
  private static final Map<String, List<String>> TEXTS = new LinkedHashMap<>();

  static {
    text("evmptrld_status == EVMPTRLD_VMFAIL", "N-P1");
    text("interrupt_shadow & KVM_X86_SHADOW_INT_MOV_SS", "N-P2");
    text("vmcs12->launch_state == launch", "N-P3");
    control("pin_based_vm_exec_control", "pinbased_ctls", "N-C1");
    control("cpu_based_vm_exec_control", "procbased_ctls", "N-C2");
    control("secondary_vm_exec_control", "secondary_ctls", "N-C3");
    text("vmcs12->cr3_target_count > nested_cpu_vmx_misc_cr3_count(vcpu)", "N-C4");
    address("io_bitmap_a", "N-C5");
    address("io_bitmap_b", "N-C6");
    address("msr_bitmap", "N-C7");
    address("virtual_apic_page_addr", "N-C8");
    address("apic_access_addr", "N-C9");
    text("nested_cpu_has_virt_x2apic_mode(vmcs12)"
        + " && nested_cpu_has2(vmcs12, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES)", "N-C10");
    text("nested_cpu_has_vid(vmcs12) && !nested_exit_on_intr(vcpu)", "N-C11");
    text("!nested_cpu_has_vid(vmcs12)", "N-C12");
    text("!nested_exit_intr_ack_set(vcpu)", "N-C13");
    text("(vmcs12->posted_intr_nv & 0xff00)", "N-C14");
    text("!kvm_vcpu_is_legal_aligned_gpa(vcpu, vmcs12->posted_intr_desc_addr, 64)", "N-C15");
    text("!nested_cpu_has(vmcs12, CPU_BASED_TPR_SHADOW)", "N-C16");
    text("!nested_cpu_has_nmi_exiting(vmcs12) && nested_cpu_has_virtual_nmis(vmcs12)", "N-C17");
    text("!nested_cpu_has_virtual_nmis(vmcs12) && nested_cpu_has(vmcs12, CPU_BASED_NMI_WINDOW_EXITING)",
        "N-C18");
    text("!nested_cpu_has_ept(vmcs12)", "N-C19", "N-C32");
    address("pml_address", "N-C20");
    text("nested_cpu_has2(vmcs12, SECONDARY_EXEC_UNRESTRICTED_GUEST) && !nested_cpu_has_ept(vmcs12)",
        "N-C21");
    text("nested_cpu_has2(vmcs12, SECONDARY_EXEC_MODE_BASED_EPT_EXEC) && !nested_cpu_has_ept(vmcs12)",
        "N-C22");
    address("vmread_bitmap", "N-C23");
    address("vmwrite_bitmap", "N-C24");
    text("nested_cpu_has_vpid(vmcs12) && !vmcs12->virtual_processor_id", "N-C25");
    text("!(vmx->nested.msrs.ept_caps & VMX_EPTP_WB_BIT)", "N-C27");
    text("!(vmx->nested.msrs.ept_caps & VMX_EPT_PAGE_WALK_4_BIT)", "N-C28");
    text("new_eptp >> maxphyaddr || ((new_eptp >> 7) & 0x1f)", "N-C29");
    text("!(vmx->nested.msrs.ept_caps & VMX_EPT_AD_BIT)", "N-C30");
    text("!nested_vmx_check_eptp(vcpu, vmcs12->ept_pointer)", "N-C27", "N-C28", "N-C29", "N-C30");
    text("vmcs12->vm_function_control & ~vmx->nested.msrs.vmfunc_controls", "N-C31");
    address("eptp_list_address", "N-C33");
    control("vm_exit_controls", "exit_ctls", "N-C34");
    msrs("vm_exit_msr_load", "N-C35");
    msrs("vm_exit_msr_store", "N-C36");
    text("nested_vmx_check_exit_msr_switch_controls(vcpu, vmcs12)", "N-C35", "N-C36");
    control("vm_entry_controls", "entry_ctls", "N-C37");
    text("intr_type == INTR_TYPE_RESERVED", "N-C38");
    text("intr_type == INTR_TYPE_OTHER_EVENT && !nested_cpu_supports_monitor_trap_flag(vcpu)", "N-C39");
    text("intr_type == INTR_TYPE_NMI_INTR && vector != NMI_VECTOR", "N-C40");
    text("intr_type == INTR_TYPE_HARD_EXCEPTION && vector > 31", "N-C41");
    text("intr_type == INTR_TYPE_OTHER_EVENT && vector != 0", "N-C42");
    text("has_error_code != should_have_error_code", "N-C43");
    text("has_error_code && vmcs12->vm_entry_exception_error_code & GENMASK(31, 16)", "N-C44");
    text("intr_info & INTR_INFO_RESVD_BITS_MASK", "N-C45");
    text("vmcs12->vm_entry_instruction_len > 15", "N-C46");
    text("!nested_cpu_has_zero_length_injection(vcpu)", "N-C47");
    msrs("vm_entry_msr_load", "N-C48");
    evmcs("EVMCS_PINCTRL", "N-C49");
    evmcs("EVMCS_EXEC_CTRL", "N-C50");
    evmcs("EVMCS_2NDEXEC", "N-C51");
    evmcs("EVMCS_EXIT_CTRLS", "N-C52");
    evmcs("EVMCS_ENTRY_CTRLS", "N-C53");
    evmcs("EVMCS_VMFUNC", "N-C54");
    text("!(vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE)", "N-H1");
    text("!nested_host_cr0_valid(vcpu, vmcs12->host_cr0)", "N-H2");
    text("!nested_host_cr4_valid(vcpu, vmcs12->host_cr4)", "N-H3");
    text("!kvm_vcpu_is_legal_cr3(vcpu, vmcs12->host_cr3)", "N-H4");
    text("(vmcs12->host_cr4 & X86_CR4_CET) && !(vmcs12->host_cr0 & X86_CR0_WP)", "N-H5");
    canonical("host_ia32_sysenter_esp", "N-H6");
    canonical("host_ia32_sysenter_eip", "N-H7");
    text("!kvm_pat_valid(vmcs12->host_ia32_pat)", "N-H8");
    text("!kvm_valid_perf_global_ctrl(vcpu_to_pmu(vcpu), vmcs12->host_ia32_perf_global_ctrl)", "N-H9");
    text("!(vmcs12->host_cr4 & X86_CR4_PAE)", "N-H10");
    text("vmcs12->vm_entry_controls & VM_ENTRY_IA32E_MODE", "N-H11");
    text("vmcs12->host_cr4 & X86_CR4_PCIDE", "N-H12");
    text("(vmcs12->host_rip) >> 32", "N-H13");
    text("vmcs12->host_cs_selector" + SELECTOR, "N-H14");
    text("vmcs12->host_ss_selector" + SELECTOR, "N-H15");
    text("vmcs12->host_ds_selector" + SELECTOR, "N-H16");
    text("vmcs12->host_es_selector" + SELECTOR, "N-H17");
    text("vmcs12->host_fs_selector" + SELECTOR, "N-H18");
    text("vmcs12->host_gs_selector" + SELECTOR, "N-H19");
    text("vmcs12->host_tr_selector" + SELECTOR, "N-H20");
    text("vmcs12->host_cs_selector == 0", "N-H21");
    text("vmcs12->host_tr_selector == 0", "N-H22");
    text("vmcs12->host_ss_selector == 0 && !ia32e", "N-H23");
    canonical("host_fs_base", "N-H24");
    canonical("host_gs_base", "N-H25");
    canonical("host_gdtr_base", "N-H26");
    canonical("host_idtr_base", "N-H27");
    canonical("host_tr_base", "N-H28");
    canonical("host_rip", "N-H29");
    text("!kvm_valid_efer(vcpu, vmcs12->host_ia32_efer)", "N-H30");
    text("ia32e != !!(vmcs12->host_ia32_efer & EFER_LMA)", "N-H31");
    text("ia32e != !!(vmcs12->host_ia32_efer & EFER_LME)", "N-H32");
    text("!nested_guest_cr0_valid(vcpu, vmcs12->guest_cr0)", "N-G1");
    text("!nested_guest_cr4_valid(vcpu, vmcs12->guest_cr4)", "N-G2");
    text("(vmcs12->guest_cr4 & X86_CR4_CET) && !(vmcs12->guest_cr0 & X86_CR0_WP)", "N-G3");
    text("!kvm_dr7_valid(vmcs12->guest_dr7)", "N-G4");
    text("!vmx_is_valid_debugctl(vcpu, vmcs12->guest_ia32_debugctl, false)", "N-G5");
    text("!kvm_pat_valid(vmcs12->guest_ia32_pat)", "N-G6");
    address("vmcs_link_pointer", "N-G7");
    text("kvm_vcpu_map(vcpu, gpa_to_gfn(vmcs12->vmcs_link_pointer), &map)", "N-G8");
    text("shadow->hdr.revision_id != VMCS12_REVISION", "N-G9");
    text("shadow->hdr.shadow_vmcs != nested_cpu_has_shadow_vmcs(vmcs12)", "N-G10");
    text("!kvm_valid_perf_global_ctrl(vcpu_to_pmu(vcpu), vmcs12->guest_ia32_perf_global_ctrl)", "N-G11");
    text("(vmcs12->guest_cr0 & (X86_CR0_PG | X86_CR0_PE)) == X86_CR0_PG", "N-G12");
    text("ia32e && !(vmcs12->guest_cr4 & X86_CR4_PAE)", "N-G13");
    text("ia32e && !(vmcs12->guest_cr0 & X86_CR0_PG)", "N-G14");
    text("!kvm_valid_efer(vcpu, vmcs12->guest_ia32_efer)", "N-G15");
    text("ia32e != !!(vmcs12->guest_ia32_efer & EFER_LMA)", "N-G16");
    text("((vmcs12->guest_cr0 & X86_CR0_PG) && ia32e != !!(vmcs12->guest_ia32_efer & EFER_LME))", "N-G17");
    text("is_noncanonical_address(vmcs12->guest_bndcfgs & PAGE_MASK, vcpu)", "N-G18");
    text("(vmcs12->guest_bndcfgs & MSR_IA32_BNDCFGS_RSVD)", "N-G19");
    text("vmcs12->guest_activity_state != GUEST_ACTIVITY_ACTIVE", "N-G20");
    text("!vmx_guest_state_valid(vcpu)", "N-G21");
    text("!kvm_vcpu_is_legal_cr3(vcpu, cr3)", "N-G22");
    text("!load_pdptrs(vcpu, cr3)", "N-G23");
    text("vmcs12->hdr.shadow_vmcs", "N-S48");
    // No rule: L1 has no VMCS at all; the CPU refused what KVM had passed.
    text("!nested_vmx_is_evmptr12_valid(vmx) && vmx->nested.current_vmptr == INVALID_GPA");
    text("early hardware check VM-instruction error: 7");
  }

  private static void text(String text, String... ids) {
    TEXTS.put(text, List.of(ids));
  }

  private static void control(String field, String msr, String id) {
    text(
        "!vmx_control_verify(vmcs12->" + field + ", vmx->nested.msrs." + msr + "_low, vmx->nested.msrs." + msr
            + "_high)",
        id);
  }

  private static void address(String field, String id) {
    text("!page_address_valid(vcpu, vmcs12->" + field + ")", id);
  }

  private static void msrs(String list, String id) {
    text("nested_vmx_check_msr_switch(vcpu, vmcs12->" + list + "_count, vmcs12->" + list + "_addr)", id);
  }

  private static void canonical(String field, String id) {
    text("is_noncanonical_address(vmcs12->" + field + ", vcpu)", id);
  }

  private static void evmcs(String controls, String id) {
    text("!nested_evmcs_is_valid_controls(" + controls + ", vmcs12->x)", id);
  }

  @Test
  void everyTextHasItsRuleOrNone() {
    TEXTS.forEach((text, ids) -> assertThat(FailedChecks.of(text)).as(text).extracting(EntryCheck::id)
        .containsExactlyElementsOf(ids));
  }

  /** What KVM itself checks it prints; MSR lists (N-M) and what is left to the CPU (N-S) it does not. */
  @Test
  void everyCheckOfKvmHasAText() {
    Set<String> named = new TreeSet<>(SILENT);
    TEXTS.values().forEach(named::addAll);
    assertThat(EntryChecks.all()).extracting(EntryCheck::id).filteredOn(id -> id.matches("N-[PCHG][0-9]+"))
        .isNotEmpty().allSatisfy(id -> assertThat(named).contains(id));
  }
}
