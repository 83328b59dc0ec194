package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.machine.Level;
import org.jspecify.annotations.Nullable;

/**
 * What a trace tells of an exit from L2 under VMX. Filled anew for each exit.
 *
 * <p>Of the registers a trace shows next to nothing: {@link #callCode} of a hypercall that L0 handled, {@link #msr} of
 * an access that L0 emulated.
 */
public final class ExitFacts {
  /** The value of {@link #callCode} and {@link #msr} where the trace does not tell. */
  public static final long UNKNOWN = -1;

  /** The value of {@link #vmcs} where L2 does not run by an ordinary VMCS, or the trace does not tell. */
  public static final long NO_VMCS = -1;

  long timeNanos;
  long thread;
  int vcpu;
  int reason;
  boolean hasWords;
  long qualification;
  int interruptionInfo;
  int interruptionErrorCode;
  long callCode = UNKNOWN;
  long msr = UNKNOWN;
  long vmcs = NO_VMCS;
  Level observed = Level.L0;
  boolean synthetic;
  @Nullable Boolean succeeded;

  /** Nothing but that there was an exit. */
  public ExitFacts() {}

  /** The time, or {@code TraceEvent.NO_TIME}. */
  public long timeNanos() {
    return timeNanos;
  }

  /** What tells the vCPU from all others of the trace. */
  public long thread() {
    return thread;
  }

  /** The number of the vCPU in its VM, or -1. */
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

  /** The address of the ordinary VMCS by which L1 entered L2, or {@link #NO_VMCS}. */
  public long vmcs() {
    return vmcs;
  }

  /** Who handled the exit. */
  public Level observed() {
    return observed;
  }

  /** Whether a synthetic exit followed. */
  public boolean synthetic() {
    return synthetic;
  }

  /** Whether the hypercall succeeded that L0 handled, or null if the trace does not tell. */
  public @Nullable Boolean succeeded() {
    return succeeded;
  }
}
