package io.vmxdecision.engine.decision;

/**
 * The exit that L1 sees. Reused; allocates nothing; not thread-safe. After a failed VM-entry (bit 31
 * of the reason) only the reason and the qualification mean something.
 */
public final class ExitToL1 {
  private final EvmcsWrites evmcsWrites = new EvmcsWrites();
  private boolean present;
  private int reason;
  private long qualification;
  private int interruptionInfo;
  private int idtVectoringInfo;
  private int instructionLength;
  private int instructionInfo;

  /** No exit. */
  public void clear() {
    present = false;
    reason = 0;
    qualification = 0;
    interruptionInfo = 0;
    idtVectoringInfo = 0;
    instructionLength = 0;
    instructionInfo = 0;
    evmcsWrites.clear();
  }

  /** Starts an exit with what every exit has. */
  public void begin(int reason, long qualification) {
    this.present = true;
    this.reason = reason;
    this.qualification = qualification;
  }

  /** Adds what an exit has unless the VM-entry failed. */
  public void information(
      int interruptionInfo, int idtVectoringInfo, int instructionLength, int instructionInfo) {
    this.interruptionInfo = interruptionInfo;
    this.idtVectoringInfo = idtVectoringInfo;
    this.instructionLength = instructionLength;
    this.instructionInfo = instructionInfo;
  }

  /** Whether L1 gets an exit. */
  public boolean isPresent() {
    return present;
  }

  /** The raw exit reason, 32 bits. */
  public int reason() {
    return reason;
  }

  /** The exit qualification, 64 bits. */
  public long qualification() {
    return qualification;
  }

  /** The interruption information, 32 bits. */
  public int interruptionInfo() {
    return interruptionInfo;
  }

  /** The IDT-vectoring information, 32 bits. */
  public int idtVectoringInfo() {
    return idtVectoringInfo;
  }

  /** The instruction length in bytes, 32 bits, unsigned. */
  public int instructionLength() {
    return instructionLength;
  }

  /** The instruction information, 32 bits. */
  public int instructionInfo() {
    return instructionInfo;
  }

  /** What changes in the enlightened VMCS; empty while none is active. */
  public EvmcsWrites evmcsWrites() {
    return evmcsWrites;
  }
}
