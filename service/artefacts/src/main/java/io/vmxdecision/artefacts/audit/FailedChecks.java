package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The checks of a VM-entry by what KVM prints of the one that failed: the condition in C, as the source has it with one
 * blank for each gap. Only a text that some kernel prints is known; all others are told to be unknown. Blanks do not
 * count, since mails lose and add them. Read in Linux 5.10, 6.1 and 6.12, {@code vmx/nested.c}, {@code vmx/hyperv.c}
 * and {@code svm/nested.c}.
 */
final class FailedChecks {
  private static final Map<String, Found> TEXTS = new HashMap<>();

  /** Conditions that KVM has of VMX and of SVM in the same words. */
  private static final Map<String, Found> TEXTS_OF_BOTH = new HashMap<>();

  /** What KVM prints before the error that the CPU gave, once its own checks had passed. */
  private static final List<String> BY_THE_CPU =
      List.of("early hardware check VM-instruction error:", "hardware VM-instruction error:");

  private static final Found UNKNOWN = about(
      "This is not the text of any check that Linux 5.10, 6.1 or 6.12 prints: no rule is named.");
  private static final Found CPU =
      about("All checks of KVM passed, and the CPU refused the VM-entry with this VM-instruction error.");
  private static final Found VMRUN =
      about("A check of VMRUN, by which L1 enters L2 under SVM. The rules of VM-entries are those of VMX.");
  private static final Found EITHER =
      about("A check of VMX or of SVM: the trace does not tell which of the two runs here.");

  /**
   * What a text says.
   *
   * @param checks the check; several where the text does not tell them apart; none where no rule has it
   * @param about why there is no rule, in words; else empty
   */
  record Found(List<EntryCheck> checks, String about) {}

  static {
    text("N-P1", "evmptrld_status == EVMPTRLD_VMFAIL");
    text("N-P2", "interrupt_shadow & KVM_X86_SHADOW_INT_MOV_SS");
    text("N-P3", "vmcs12->launch_state == launch");
    text("N-S48", "vmcs12->hdr.shadow_vmcs");
    String noVmcs = "L1 has neither an enlightened VMCS nor a current VMCS: VM_FAIL_INVALID.";
    known(noVmcs, "!nested_vmx_is_evmptr12_valid(vmx) && vmx->nested.current_vmptr == INVALID_GPA");
    known(noVmcs, "!evmptr_is_valid(vmx->nested.hv_evmcs_vmptr) && vmx->nested.current_vmptr == INVALID_GPA");
    known(noVmcs, "!vmx->nested.hv_evmcs && vmx->nested.current_vmptr == -1ull");
    executionControls();
    exitAndEntryControls();
    hostState();
    guestState();
    msrLists();
    vmrun();
  }

  private FailedChecks() {}

  private static void executionControls() {
    evmcs("N-C49", "EVMCS_PINCTRL", "pin_based_vm_exec_control");
    evmcs("N-C50", "EVMCS_EXEC_CTRL", "cpu_based_vm_exec_control");
    evmcs("N-C51", "EVMCS_2NDEXEC", "secondary_vm_exec_control");
    evmcs("N-C52", "EVMCS_EXIT_CTRLS", "vm_exit_controls");
    evmcs("N-C53", "EVMCS_ENTRY_CTRLS", "vm_entry_controls");
    evmcs("N-C54", "EVMCS_VMFUNC", "vm_function_control");
    control("N-C1", "pin_based_vm_exec_control", "pinbased_ctls");
    control("N-C2", "cpu_based_vm_exec_control", "procbased_ctls");
    control("N-C3", "secondary_vm_exec_control", "secondary_ctls");
    text("N-C4", "vmcs12->cr3_target_count > nested_cpu_vmx_misc_cr3_count(vcpu)");
    page("N-C5", "io_bitmap_a");
    page("N-C6", "io_bitmap_b");
    page("N-C7", "msr_bitmap");
    page("N-C8", "virtual_apic_page_addr");
    page("N-C9", "apic_access_addr");
    text("N-C10", "nested_cpu_has_virt_x2apic_mode(vmcs12)"
        + " && nested_cpu_has2(vmcs12, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES)");
    text("N-C11", "nested_cpu_has_vid(vmcs12) && !nested_exit_on_intr(vcpu)");
    text("N-C12", "!nested_cpu_has_vid(vmcs12)");
    text("N-C13", "!nested_exit_intr_ack_set(vcpu)");
    text("N-C14", "(vmcs12->posted_intr_nv & 0xff00)");
    text("N-C15", "!kvm_vcpu_is_legal_aligned_gpa(vcpu, vmcs12->posted_intr_desc_addr, 64)");
    text("N-C15", "(vmcs12->posted_intr_desc_addr & 0x3f)");
    text("N-C15", "(vmcs12->posted_intr_desc_addr >> cpuid_maxphyaddr(vcpu))");
    text("N-C16", "!nested_cpu_has(vmcs12, CPU_BASED_TPR_SHADOW)");
    text("N-C17", "!nested_cpu_has_nmi_exiting(vmcs12) && nested_cpu_has_virtual_nmis(vmcs12)");
    text("N-C18", "!nested_cpu_has_virtual_nmis(vmcs12)"
        + " && nested_cpu_has(vmcs12, CPU_BASED_NMI_WINDOW_EXITING)");
    either("!nested_cpu_has_ept(vmcs12)", "N-C19", "N-C32");
    page("N-C20", "pml_address");
    withoutEpt("N-C21", "SECONDARY_EXEC_UNRESTRICTED_GUEST");
    withoutEpt("N-C22", "SECONDARY_EXEC_MODE_BASED_EPT_EXEC");
    page("N-C23", "vmread_bitmap");
    page("N-C24", "vmwrite_bitmap");
    text("N-C25", "nested_cpu_has_vpid(vmcs12) && !vmcs12->virtual_processor_id");
    eptCapability("N-C27", "VMX_EPTP_UC_BIT");
    eptCapability("N-C27", "VMX_EPTP_WB_BIT");
    eptCapability("N-C28", "VMX_EPT_PAGE_WALK_5_BIT");
    eptCapability("N-C28", "VMX_EPT_PAGE_WALK_4_BIT");
    text("N-C29", "!kvm_vcpu_is_legal_gpa(vcpu, new_eptp) || ((new_eptp >> 7) & 0x1f)");
    text("N-C29", "kvm_vcpu_is_illegal_gpa(vcpu, new_eptp) || ((new_eptp >> 7) & 0x1f)");
    text("N-C29", "new_eptp >> maxphyaddr || ((new_eptp >> 7) & 0x1f)");
    eptCapability("N-C30", "VMX_EPT_AD_BIT");
    either("!nested_vmx_check_eptp(vcpu, vmcs12->ept_pointer)", "N-C27", "N-C28", "N-C29", "N-C30");
    text("N-C31", "vmcs12->vm_function_control & ~vmx->nested.msrs.vmfunc_controls");
    page("N-C33", "eptp_list_address");
  }

  private static void exitAndEntryControls() {
    control("N-C34", "vm_exit_controls", "exit_ctls");
    msrSwitch("N-C35", "vm_exit_msr_load");
    msrSwitch("N-C36", "vm_exit_msr_store");
    either("nested_vmx_check_exit_msr_switch_controls(vcpu, vmcs12)", "N-C35", "N-C36");
    control("N-C37", "vm_entry_controls", "entry_ctls");
    text("N-C38", "intr_type == INTR_TYPE_RESERVED");
    text("N-C39", "intr_type == INTR_TYPE_OTHER_EVENT && !nested_cpu_supports_monitor_trap_flag(vcpu)");
    text("N-C40", "intr_type == INTR_TYPE_NMI_INTR && vector != NMI_VECTOR");
    text("N-C41", "intr_type == INTR_TYPE_HARD_EXCEPTION && vector > 31");
    text("N-C42", "intr_type == INTR_TYPE_OTHER_EVENT && vector != 0");
    text("N-C43", "has_error_code != should_have_error_code");
    text("N-C44", "has_error_code && vmcs12->vm_entry_exception_error_code & GENMASK(31, 16)");
    text("N-C45", "intr_info & INTR_INFO_RESVD_BITS_MASK");
    text("N-C46", "vmcs12->vm_entry_instruction_len > 15");
    String zeroLength = "!nested_cpu_has_zero_length_injection(vcpu)";
    text("N-C47", zeroLength);
    text("N-C47", "vmcs12->vm_entry_instruction_len == 0 && CC(" + zeroLength + ")"); // as printed: twice
    msrSwitch("N-C48", "vm_entry_msr_load");
  }

  private static void hostState() {
    text("N-H1", "!!(vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE)"
        + " != !!(vcpu->arch.efer & EFER_LMA)");
    text("N-H1", "!(vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE)");
    text("N-H1", "vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE");
    text("N-H2", "!nested_host_cr0_valid(vcpu, vmcs12->host_cr0)");
    text("N-H3", "!nested_host_cr4_valid(vcpu, vmcs12->host_cr4)");
    text("N-H4", "!kvm_vcpu_is_legal_cr3(vcpu, vmcs12->host_cr3)");
    text("N-H4", "kvm_vcpu_is_illegal_gpa(vcpu, vmcs12->host_cr3)");
    text("N-H4", "!nested_cr3_valid(vcpu, vmcs12->host_cr3)");
    text("N-H5", "vmcs12->host_cr4 & X86_CR4_CET && !(vmcs12->host_cr0 & X86_CR0_WP)");
    canonical("N-H6", "host_ia32_sysenter_esp");
    canonical("N-H7", "host_ia32_sysenter_eip");
    text("N-H8", "!kvm_pat_valid(vmcs12->host_ia32_pat)");
    text("N-H9", "!kvm_valid_perf_global_ctrl(vcpu_to_pmu(vcpu), vmcs12->host_ia32_perf_global_ctrl)");
    text("N-H10", "!(vmcs12->host_cr4 & X86_CR4_PAE)");
    text("N-H11", "vmcs12->vm_entry_controls & VM_ENTRY_IA32E_MODE");
    text("N-H12", "vmcs12->host_cr4 & X86_CR4_PCIDE");
    text("N-H13", "(vmcs12->host_rip) >> 32");
    List<String> selectors = List.of("cs", "ss", "ds", "es", "fs", "gs", "tr");
    for (int i = 0; i < selectors.size(); i++) {
      text("N-H" + (14 + i),
          "vmcs12->host_" + selectors.get(i) + "_selector & (SEGMENT_RPL_MASK | SEGMENT_TI_MASK)");
    }
    text("N-H21", "vmcs12->host_cs_selector == 0");
    text("N-H22", "vmcs12->host_tr_selector == 0");
    text("N-H23", "vmcs12->host_ss_selector == 0 && !ia32e");
    canonical("N-H24", "host_fs_base");
    canonical("N-H25", "host_gs_base");
    canonical("N-H26", "host_gdtr_base");
    canonical("N-H27", "host_idtr_base");
    canonical("N-H28", "host_tr_base");
    canonical("N-H29", "host_rip");
    text("N-H30", "!kvm_valid_efer(vcpu, vmcs12->host_ia32_efer)");
    text("N-H31", "ia32e != !!(vmcs12->host_ia32_efer & EFER_LMA)");
    text("N-H32", "ia32e != !!(vmcs12->host_ia32_efer & EFER_LME)");
  }

  private static void guestState() {
    text("N-G1", "!nested_guest_cr0_valid(vcpu, vmcs12->guest_cr0)");
    text("N-G2", "!nested_guest_cr4_valid(vcpu, vmcs12->guest_cr4)");
    text("N-G3", "vmcs12->guest_cr4 & X86_CR4_CET && !(vmcs12->guest_cr0 & X86_CR0_WP)");
    text("N-G4", "!kvm_dr7_valid(vmcs12->guest_dr7)");
    text("N-G5", "!vmx_is_valid_debugctl(vcpu, debugctl, false)");
    text("N-G5", "!vmx_is_valid_debugctl(vcpu, vmcs12->guest_ia32_debugctl, false)");
    text("N-G6", "!kvm_pat_valid(vmcs12->guest_ia32_pat)");
    page("N-G7", "vmcs_link_pointer");
    text("N-G8", "kvm_gfn_to_hva_cache_init(vcpu->kvm, ghc, vmcs12->vmcs_link_pointer, VMCS12_SIZE)");
    text("N-G8",
        "kvm_read_guest_offset_cached(vcpu->kvm, ghc, &hdr, offsetof(struct vmcs12, hdr), sizeof(hdr))");
    text("N-G8", "kvm_vcpu_map(vcpu, gpa_to_gfn(vmcs12->vmcs_link_pointer), &map)");
    for (String header : List.of("hdr.", "shadow->hdr.")) {
      text("N-G9", header + "revision_id != VMCS12_REVISION");
      text("N-G10", header + "shadow_vmcs != nested_cpu_has_shadow_vmcs(vmcs12)");
    }
    text("N-G11", "!kvm_valid_perf_global_ctrl(vcpu_to_pmu(vcpu), vmcs12->guest_ia32_perf_global_ctrl)");
    text("N-G12", "(vmcs12->guest_cr0 & (X86_CR0_PG | X86_CR0_PE)) == X86_CR0_PG");
    text("N-G13", "ia32e && !(vmcs12->guest_cr4 & X86_CR4_PAE)");
    text("N-G14", "ia32e && !(vmcs12->guest_cr0 & X86_CR0_PG)");
    text("N-G15", "!kvm_valid_efer(vcpu, vmcs12->guest_ia32_efer)");
    text("N-G16", "ia32e != !!(vmcs12->guest_ia32_efer & EFER_LMA)");
    text("N-G17", "((vmcs12->guest_cr0 & X86_CR0_PG) && ia32e != !!(vmcs12->guest_ia32_efer & EFER_LME))");
    canonical("N-G18", "guest_bndcfgs & PAGE_MASK");
    text("N-G19", "(vmcs12->guest_bndcfgs & MSR_IA32_BNDCFGS_RSVD)");
    String activity = "vmcs12->guest_activity_state != GUEST_ACTIVITY_";
    text("N-G20", activity + "ACTIVE && " + activity + "HLT");
    text("N-G20", activity + "ACTIVE && " + activity + "HLT && " + activity + "WAIT_SIPI");
    text("N-G21", "from_vmentry && !vmx_guest_state_valid(vcpu)");
    text("N-G21", "!vmx_guest_state_valid(vcpu)");
    ofBoth("N-G22", "!kvm_vcpu_is_legal_cr3(vcpu, cr3)");
    ofBoth("N-G22", "kvm_vcpu_is_illegal_gpa(vcpu, cr3)");
    text("N-G22", "!nested_cr3_valid(vcpu, cr3)");
    ofBoth("N-G23", "!load_pdptrs(vcpu, cr3)");
    ofBoth("N-G23", "!load_pdptrs(vcpu, vcpu->arch.walk_mmu, cr3)");
    String reloaded =
        "The PDPTEs that the CR3 of the vCPU names cannot be loaded again; CR3 was restored before the"
            + " nested state.";
    known(reloaded, "!load_pdptrs(vcpu, vcpu->arch.cr3)");
    known(reloaded, "!load_pdptrs(vcpu, vcpu->arch.walk_mmu, vcpu->arch.cr3)");
  }

  private static void msrLists() {
    text("N-M3", "e->index == MSR_FS_BASE");
    text("N-M4", "e->index == MSR_GS_BASE");
    text("N-M5", "e->index == MSR_IA32_SMM_MONITOR_CTL");
    text("N-M6", "vcpu->arch.apic_base & X2APIC_ENABLE && e->index >> 8 == 0x8");
    text("N-M7", "e->index == MSR_IA32_UCODE_WRITE");
    text("N-M8", "e->index == MSR_IA32_UCODE_REV");
    text("N-M9", "e->reserved != 0");
    known("The list of MSRs to store at a VM-exit names SMBASE, which cannot be stored. It is no check of a"
        + " VM-entry.", "e->index == MSR_IA32_SMBASE");
  }

  /** Checks under SVM: they are known, and have no rules. */
  private static void vmrun() {
    for (String text : List.of(
        "!vmcb12_is_intercept(control, INTERCEPT_VMRUN)",
        "control->asid == 0",
        "(control->nested_ctl & SVM_NESTED_CTL_NP_ENABLE) && !npt_enabled",
        "(control->nested_ctl & SVM_NESTED_CTL_NP_ENABLE)"
            + " && !kvm_vcpu_is_legal_gpa(vcpu, control->nested_cr3)",
        "!nested_svm_check_bitmap_pa(vcpu, control->msrpm_base_pa, MSRPM_SIZE)",
        "!nested_svm_check_bitmap_pa(vcpu, control->iopm_base_pa, IOPM_SIZE)",
        "(control->int_ctl & V_NMI_ENABLE_MASK) && !vmcb12_is_intercept(control, INTERCEPT_NMI)",
        "!nested_svm_check_tlb_ctl(vcpu, control->tlb_ctl)",
        "!(save->efer & EFER_SVME)",
        "(save->cr0 & X86_CR0_CD) == 0 && (save->cr0 & X86_CR0_NW)",
        "save->cr0 & ~0xffffffffULL",
        "!kvm_dr6_valid(save->dr6)",
        "!kvm_dr7_valid(save->dr7)",
        "!(save->cr4 & X86_CR4_PAE)",
        "!(save->cr0 & X86_CR0_PE)",
        "!kvm_vcpu_is_legal_cr3(vcpu, save->cr3)",
        "kvm_vcpu_is_illegal_gpa(vcpu, save->cr3)",
        "(save->cs.attrib & SVM_SELECTOR_L_MASK) && (save->cs.attrib & SVM_SELECTOR_DB_MASK)",
        "!__kvm_is_valid_cr4(vcpu, save->cr4)",
        "!kvm_valid_efer(vcpu, save->efer)")) {
      put(TEXTS, text, VMRUN);
    }
  }

  /** What a text says that KVM prints of a vCPU of that kind. */
  static Found of(String text, Isa isa) {
    for (String begin : BY_THE_CPU) {
      if (text.startsWith(begin)) {
        return CPU;
      }
    }
    String key = key(text);
    Found ofBoth = TEXTS_OF_BOTH.get(key);
    if (ofBoth != null) {
      return switch (isa) {
        case VMX -> ofBoth;
        case SVM -> VMRUN;
        case UNKNOWN -> EITHER;
      };
    }
    return TEXTS.getOrDefault(key, UNKNOWN);
  }

  private static void control(String id, String field, String msr) {
    String limits = "vmx->nested.msrs." + msr;
    text(id, "!vmx_control_verify(vmcs12->" + field + ", " + limits + "_low, " + limits + "_high)");
  }

  private static void evmcs(String id, String controls, String field) {
    text(id, "!nested_evmcs_is_valid_controls(" + controls + ", vmcs12->" + field + ")");
  }

  private static void page(String id, String field) {
    text(id, "!page_address_valid(vcpu, vmcs12->" + field + ")");
  }

  private static void withoutEpt(String id, String control) {
    text(id, "nested_cpu_has2(vmcs12, " + control + ") && !nested_cpu_has_ept(vmcs12)");
  }

  private static void eptCapability(String id, String bit) {
    text(id, "!(vmx->nested.msrs.ept_caps & " + bit + ")");
  }

  private static void msrSwitch(String id, String list) {
    text(id, "nested_vmx_check_msr_switch(vcpu, vmcs12->" + list + "_count, vmcs12->" + list + "_addr)");
  }

  private static void canonical(String id, String field) {
    text(id, "is_noncanonical_address(vmcs12->" + field + ", vcpu)");
    text(id, "is_noncanonical_address(vmcs12->" + field + ", vcpu, 0)");
    text(id, "is_noncanonical_msr_address(vmcs12->" + field + ", vcpu)");
    text(id, "is_noncanonical_base_address(vmcs12->" + field + ", vcpu)");
  }

  private static void text(String id, String text) {
    either(text, id);
  }

  private static void either(String text, String... ids) {
    put(TEXTS, text, rules(ids));
  }

  private static void ofBoth(String id, String text) {
    put(TEXTS_OF_BOTH, text, rules(id));
  }

  private static void known(String about, String text) {
    put(TEXTS, text, about(about));
  }

  private static Found rules(String... ids) {
    return new Found(
        Arrays.stream(ids).map(id -> Objects.requireNonNull(EntryChecks.of(id), id)).toList(), "");
  }

  private static Found about(String about) {
    return new Found(List.of(), about);
  }

  private static void put(Map<String, Found> texts, String text, Found found) {
    if (texts.put(key(text), found) != null) {
      throw new IllegalStateException("twice: " + text);
    }
  }

  private static String key(String text) {
    StringBuilder key = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' && c != '\t') {
        key.append(c);
      }
    }
    return key.toString();
  }
}
