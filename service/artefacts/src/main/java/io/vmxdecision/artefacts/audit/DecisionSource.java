package io.vmxdecision.artefacts.audit;

/**
 * Tells what the rules expect of exits from L2 under VMX, and is told what else happens to the vCPUs. Used by one
 * audit, by one thread.
 */
public interface DecisionSource {
  /** What is expected of the exit. */
  Expectation expect(ExitFacts exit);

  /**
   * L1 entered L2.
   *
   * @param thread what tells the vCPU from all others
   * @param vcpu its number in its VM, or -1
   * @param timeNanos the time, or {@code TraceEvent.NO_TIME}
   * @param line the line of the VM-entry
   * @param entry what is known of it
   */
  void entered(long thread, int vcpu, long timeNanos, long line, Entry entry);

  /**
   * Software wrote the MSR of the VP assist page, 0x40000073, and L0 took it.
   *
   * @param thread what tells the vCPU from all others
   * @param vcpu its number in its VM, or -1
   * @param timeNanos the time, or {@code TraceEvent.NO_TIME}
   * @param line the line of the access
   * @param value what was written
   * @param byL2 whether L2 runs on, so that L0 looks at the page only after its next exit to L1
   */
  void movedVpAssist(long thread, int vcpu, long timeNanos, long line, long value, boolean byL2);

  /** L2 exited to L1. */
  void left(long thread);

  /** Events of the vCPU are lost. */
  void lost(long thread);

  /** What a trace tells of a VM-entry. */
  enum Entry {
    /** L1 executed VMLAUNCH. */
    VMLAUNCH,
    /** L1 executed VMRESUME. */
    VMRESUME,
    /** One of the two. */
    EITHER,
    /** L0 went on with an L2 whose state had been saved and restored. */
    RESTORED
  }
}
