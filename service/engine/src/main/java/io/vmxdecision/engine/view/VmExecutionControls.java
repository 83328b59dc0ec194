package io.vmxdecision.engine.view;

/** Bits of the VM-execution control words. SDM vol. 3, "Processor-Based VM-Execution Controls". */
public final class VmExecutionControls {
  /** Primary bit 31: the secondary controls count. */
  public static final int ACTIVATE_SECONDARY_CONTROLS = 1 << 31;

  /** Secondary bit 1: L2's guest-physical addresses are translated by L1's EPT. */
  public static final int ENABLE_EPT = 1 << 1;

  private VmExecutionControls() {}
}
