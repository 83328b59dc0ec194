package io.vmxdecision.engine.vmx;

/**
 * Reads the VM-exit instruction information of VMREAD, VMWRITE, INVEPT, INVVPID and INVPCID. SDM vol.
 * 3, "Information for VM Exits Due to Instruction Execution".
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class InstructionInfo {
  private InstructionInfo() {}

  /**
   * Bits 31:28, the register "Reg2" by number, 0..15: it holds the VMCS field of VMREAD and VMWRITE,
   * the type of INVEPT, INVVPID and INVPCID.
   */
  public static int register2(int info) {
    return info >>> 28;
  }
}
