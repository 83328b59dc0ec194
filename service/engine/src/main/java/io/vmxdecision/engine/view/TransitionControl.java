package io.vmxdecision.engine.view;

/**
 * The VM-exit and VM-entry controls: what the CPU saves and loads on the way between L1 and L2. SDM
 * vol. 3, "VM-Exit Controls" and "VM-Entry Controls".
 */
public enum TransitionControl {
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

  TransitionControl(EvmcsField field, int bit, String title) {
    this.field = field;
    this.bit = bit;
    this.title = title;
  }

  /** The control word that holds it: {@code vm_exit_controls} or {@code vm_entry_controls}. */
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
}
