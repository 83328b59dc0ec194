package io.vmxdecision.artefacts.audit;

/**
 * What a trace tells of an exit from L2 under VMX. Filled anew for each exit.
 *
 * <p>Of the registers a trace shows next to nothing: {@link #callCode} of a hypercall that L0 handled, {@link #msr} of
 * an access that L0 emulated.
 */
public final class ExitFacts {
  /** The value of {@link #callCode} and {@link #msr} where the trace does not tell. */
  public static final long UNKNOWN = -1;

  long timeNanos;
  int vcpu;
  int reason;
  boolean hasWords;
  long qualification;
  int interruptionInfo;
  int interruptionErrorCode;
  long callCode = UNKNOWN;
  long msr = UNKNOWN;

  /** Nothing but that there was an exit. */
  public ExitFacts() {}

  /** The time, or {@code TraceEvent.NO_TIME}. */
  public long timeNanos() {
    return timeNanos;
  }

  /** The vCPU, or -1. */
  public int vcpu() {
    return vcpu;
  }

  /** The raw exit reason. */
  public int reason() {
    return reason;
  }

  /** Whether the words of the exit are known. */
  public boolean hasWords() {
    return hasWords;
  }

  /** The exit qualification. */
  public long qualification() {
    return qualification;
  }

  /** The interruption information. */
  public int interruptionInfo() {
    return interruptionInfo;
  }

  /** The call code of a hypercall, 16 bits, or {@link #UNKNOWN}. */
  public long callCode() {
    return callCode;
  }

  /** The number of the MSR, 32 bits, or {@link #UNKNOWN}. */
  public long msr() {
    return msr;
  }
}
