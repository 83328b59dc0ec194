package io.vmxdecision.engine.view;

/**
 * The processor-based VM-execution controls by which L1 says what of L2 it wants to see. SDM vol. 3,
 * "Processor-Based VM-Execution Controls": the definitions of the primary and the secondary controls.
 */
public enum ExecutionControl {
  INTERRUPT_WINDOW_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 2, "interrupt-window exiting"),
  HLT_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 7, "HLT exiting"),
  INVLPG_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 9, "INVLPG exiting"),
  MWAIT_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 10, "MWAIT exiting"),
  RDPMC_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 11, "RDPMC exiting"),
  RDTSC_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 12, "RDTSC exiting"),
  CR3_LOAD_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 15, "CR3-load exiting"),
  CR3_STORE_EXITING(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 16, "CR3-store exiting"),
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

  ENABLE_EPT(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 1, "enable EPT"),
  DESCRIPTOR_TABLE_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 2, "descriptor-table exiting"),
  WBINVD_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 6, "WBINVD exiting"),
  PAUSE_LOOP_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 10, "PAUSE-loop exiting"),
  RDRAND_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 11, "RDRAND exiting"),
  ENABLE_INVPCID(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 12, "enable INVPCID"),
  VMCS_SHADOWING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 14, "VMCS shadowing"),
  ENABLE_ENCLS_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 15, "enable ENCLS exiting"),
  RDSEED_EXITING(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 16, "RDSEED exiting"),
  ENABLE_XSAVES(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 20, "enable XSAVES/XRSTORS"),
  ENABLE_USER_WAIT_AND_PAUSE(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 26, "enable user wait and pause");

  private final EvmcsField field;
  private final int bit;
  private final String title;

  ExecutionControl(EvmcsField field, int bit, String title) {
    this.field = field;
    this.bit = bit;
    this.title = title;
  }

  /** The control word that holds it: {@code cpu_based_vm_exec_control} or the secondary one. */
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
