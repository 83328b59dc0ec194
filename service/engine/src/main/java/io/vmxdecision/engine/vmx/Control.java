package io.vmxdecision.engine.vmx;

import org.jspecify.annotations.Nullable;

/**
 * The controls of a VMCS. By the VM-execution controls, pin-based and processor-based, primary and secondary,
 * L1 says what of L2 it wants to see, and what L2 may do; by the VM-exit and VM-entry controls, what the CPU
 * saves and loads on the way between L1 and L2. SDM vol. 3, "VM-Execution Control Fields", "VM-Exit Controls"
 * and "VM-Entry Controls".
 */
public enum Control {
  EXTERNAL_INTERRUPT_EXITING(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 0, "external-interrupt exiting"),
  NMI_EXITING(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 3, "NMI exiting"),
  VIRTUAL_NMIS(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 5, "virtual NMIs"),
  ACTIVATE_PREEMPTION_TIMER(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 6, "activate VMX-preemption timer"),
  PROCESS_POSTED_INTERRUPTS(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 7, "process posted interrupts"),

  INTERRUPT_WINDOW_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 2, "interrupt-window exiting"),
  USE_TSC_OFFSETTING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 3, "use TSC offsetting"),
  HLT_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 7, "HLT exiting"),
  INVLPG_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 9, "INVLPG exiting"),
  MWAIT_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 10, "MWAIT exiting"),
  RDPMC_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 11, "RDPMC exiting"),
  RDTSC_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 12, "RDTSC exiting"),
  CR3_LOAD_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 15, "CR3-load exiting"),
  CR3_STORE_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 16, "CR3-store exiting"),
  ACTIVATE_TERTIARY_CONTROLS(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 17, "activate tertiary controls"),
  CR8_LOAD_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 19, "CR8-load exiting"),
  CR8_STORE_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 20, "CR8-store exiting"),
  USE_TPR_SHADOW(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 21, "use TPR shadow"),
  NMI_WINDOW_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 22, "NMI-window exiting"),
  MOV_DR_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 23, "MOV-DR exiting"),
  UNCONDITIONAL_IO_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 24, "unconditional I/O exiting"),
  USE_IO_BITMAPS(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 25, "use I/O bitmaps"),
  MONITOR_TRAP_FLAG(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 27, "monitor trap flag"),
  USE_MSR_BITMAPS(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 28, "use MSR bitmaps"),
  MONITOR_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 29, "MONITOR exiting"),
  PAUSE_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 30, "PAUSE exiting"),
  ACTIVATE_SECONDARY_CONTROLS(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 31, "activate secondary controls"),

  VIRTUALIZE_APIC_ACCESSES(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 0, "virtualize APIC accesses"),
  ENABLE_EPT(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 1, "enable EPT"),
  DESCRIPTOR_TABLE_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 2, "descriptor-table exiting"),
  ENABLE_RDTSCP(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 3, "enable RDTSCP"),
  VIRTUALIZE_X2APIC_MODE(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 4, "virtualize x2APIC mode"),
  ENABLE_VPID(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 5, "enable VPID"),
  WBINVD_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 6, "WBINVD exiting"),
  UNRESTRICTED_GUEST(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 7, "unrestricted guest"),
  APIC_REGISTER_VIRTUALIZATION(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 8, "APIC-register virtualization"),
  VIRTUAL_INTERRUPT_DELIVERY(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 9, "virtual-interrupt delivery"),
  PAUSE_LOOP_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 10, "PAUSE-loop exiting"),
  RDRAND_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 11, "RDRAND exiting"),
  ENABLE_INVPCID(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 12, "enable INVPCID"),
  ENABLE_VM_FUNCTIONS(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 13, "enable VM functions"),
  VMCS_SHADOWING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 14, "VMCS shadowing"),
  ENABLE_ENCLS_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 15, "enable ENCLS exiting"),
  RDSEED_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 16, "RDSEED exiting"),
  ENABLE_PML(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 17, "enable PML"),
  EPT_VIOLATION_VE(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 18, "EPT-violation #VE"),
  CONCEAL_VMX_FROM_PT(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 19, "conceal VMX from PT"),
  ENABLE_XSAVES(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 20, "enable XSAVES/XRSTORS"),
  PASID_TRANSLATION(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 21, "PASID translation"),
  MODE_BASED_EPT_EXECUTE(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 22, "mode-based execute control for EPT"),
  SUB_PAGE_WRITE_PERMISSIONS(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 23, "sub-page write permissions for EPT"),
  PT_USES_GUEST_PHYSICAL_ADDRESSES(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 24,
      "Intel PT uses guest physical addresses"),
  USE_TSC_SCALING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 25, "use TSC scaling"),
  ENABLE_USER_WAIT_AND_PAUSE(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 26, "enable user wait and pause"),
  ENABLE_PCONFIG(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 27, "enable PCONFIG"),
  ENABLE_ENCLV_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 28, "enable ENCLV exiting"),
  VMM_BUS_LOCK_DETECTION(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 30, "VMM bus-lock detection"),
  INSTRUCTION_TIMEOUT(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 31, "instruction timeout"),

  EXIT_SAVE_DEBUG_CONTROLS(EvmcsField.VM_EXIT_CONTROLS, 2, "save debug controls"),
  EXIT_HOST_ADDRESS_SPACE_SIZE(EvmcsField.VM_EXIT_CONTROLS, 9, "host address-space size"),
  EXIT_LOAD_IA32_PERF_GLOBAL_CTRL(EvmcsField.VM_EXIT_CONTROLS, 12, "load IA32_PERF_GLOBAL_CTRL"),
  EXIT_ACKNOWLEDGE_INTERRUPT_ON_EXIT(EvmcsField.VM_EXIT_CONTROLS, 15, "acknowledge interrupt on exit"),
  EXIT_SAVE_IA32_PAT(EvmcsField.VM_EXIT_CONTROLS, 18, "save IA32_PAT"),
  EXIT_LOAD_IA32_PAT(EvmcsField.VM_EXIT_CONTROLS, 19, "load IA32_PAT"),
  EXIT_SAVE_IA32_EFER(EvmcsField.VM_EXIT_CONTROLS, 20, "save IA32_EFER"),
  EXIT_LOAD_IA32_EFER(EvmcsField.VM_EXIT_CONTROLS, 21, "load IA32_EFER"),
  EXIT_SAVE_VMX_PREEMPTION_TIMER_VALUE(EvmcsField.VM_EXIT_CONTROLS, 22, "save VMX-preemption timer value"),
  EXIT_CLEAR_IA32_BNDCFGS(EvmcsField.VM_EXIT_CONTROLS, 23, "clear IA32_BNDCFGS"),
  EXIT_CONCEAL_VMX_FROM_PT(EvmcsField.VM_EXIT_CONTROLS, 24, "conceal VMX from PT"),
  EXIT_CLEAR_IA32_RTIT_CTL(EvmcsField.VM_EXIT_CONTROLS, 25, "clear IA32_RTIT_CTL"),
  EXIT_CLEAR_IA32_LBR_CTL(EvmcsField.VM_EXIT_CONTROLS, 26, "clear IA32_LBR_CTL"),
  EXIT_CLEAR_UINV(EvmcsField.VM_EXIT_CONTROLS, 27, "clear UINV"),
  EXIT_LOAD_CET_STATE(EvmcsField.VM_EXIT_CONTROLS, 28, "load CET state"),
  EXIT_LOAD_PKRS(EvmcsField.VM_EXIT_CONTROLS, 29, "load PKRS"),
  EXIT_SAVE_IA32_PERF_GLOBAL_CTL(EvmcsField.VM_EXIT_CONTROLS, 30, "save IA32_PERF_GLOBAL_CTL"),
  EXIT_ACTIVATE_SECONDARY_CONTROLS(EvmcsField.VM_EXIT_CONTROLS, 31, "activate secondary controls"),

  ENTRY_LOAD_DEBUG_CONTROLS(EvmcsField.VM_ENTRY_CONTROLS, 2, "load debug controls"),
  ENTRY_IA_32E_MODE_GUEST(EvmcsField.VM_ENTRY_CONTROLS, 9, "IA-32e mode guest"),
  ENTRY_ENTRY_TO_SMM(EvmcsField.VM_ENTRY_CONTROLS, 10, "entry to SMM"),
  ENTRY_DEACTIVATE_DUAL_MONITOR_TREATMENT(EvmcsField.VM_ENTRY_CONTROLS, 11,
      "deactivate dual-monitor treatment"),
  ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL(EvmcsField.VM_ENTRY_CONTROLS, 13, "load IA32_PERF_GLOBAL_CTRL"),
  ENTRY_LOAD_IA32_PAT(EvmcsField.VM_ENTRY_CONTROLS, 14, "load IA32_PAT"),
  ENTRY_LOAD_IA32_EFER(EvmcsField.VM_ENTRY_CONTROLS, 15, "load IA32_EFER"),
  ENTRY_LOAD_IA32_BNDCFGS(EvmcsField.VM_ENTRY_CONTROLS, 16, "load IA32_BNDCFGS"),
  ENTRY_CONCEAL_VMX_FROM_PT(EvmcsField.VM_ENTRY_CONTROLS, 17, "conceal VMX from PT"),
  ENTRY_LOAD_IA32_RTIT_CTL(EvmcsField.VM_ENTRY_CONTROLS, 18, "load IA32_RTIT_CTL"),
  ENTRY_LOAD_UINV(EvmcsField.VM_ENTRY_CONTROLS, 19, "load UINV"),
  ENTRY_LOAD_CET_STATE(EvmcsField.VM_ENTRY_CONTROLS, 20, "load CET state"),
  ENTRY_LOAD_GUEST_IA32_LBR_CTL(EvmcsField.VM_ENTRY_CONTROLS, 21, "load guest IA32_LBR_CTL"),
  ENTRY_LOAD_PKRS(EvmcsField.VM_ENTRY_CONTROLS, 22, "load PKRS");

  private final EvmcsField field;
  private final int bit;
  private final String title;

  Control(EvmcsField field, int bit, String title) {
    this.field = field;
    this.bit = bit;
    this.title = title;
  }

  /** The control at {@code bit} (0..31) of a control word, or null where the SDM defines none. */
  public static @Nullable Control of(EvmcsField field, int bit) {
    for (Control control : values()) {
      if (control.field == field && control.bit == bit) {
        return control;
      }
    }
    return null;
  }

  /** The control word that holds it: pin-based, primary, secondary, VM-exit or VM-entry controls. */
  public EvmcsField field() {
    return field;
  }

  /** Its bit in that word, 0..31. */
  public int bit() {
    return bit;
  }

  /** What the SDM calls it. */
  public String title() {
    return title;
  }

  /** Whether it counts only while the primary controls activate the secondary ones. */
  public boolean isSecondary() {
    return field == EvmcsField.SECONDARY_VM_EXEC_CONTROL;
  }
}
