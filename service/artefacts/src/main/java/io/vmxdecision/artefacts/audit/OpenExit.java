package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.artefacts.trace.TraceEvent;
import org.jspecify.annotations.Nullable;

/** An exit from L2 that is not over: what the trace has shown of it so far. One per vCPU, filled anew. */
final class OpenExit {
  static final long NONE = -1;

  boolean open;
  long line;
  long timeNanos;
  Isa isa = Isa.UNKNOWN;
  int reason;
  long rip;
  boolean hasReason;
  boolean hasRip;
  boolean hasWords;
  long info1;
  long info2;
  int intrInfo;
  int errorCode;

  /** The line of a {@code kvm_exit} right before that says otherwise, or {@link #NONE}. */
  long otherwiseAt;

  boolean reflected;
  boolean foreignInject;
  int foreignReason;
  int otherInjects;
  boolean synthetic;
  long syntheticNanos;

  boolean hypercall;
  long hypercallLine;
  long hypercallNanos;
  int code;
  boolean fast;
  int varCnt;
  int repCnt;
  int repIdx;
  boolean kvmHypercall;
  boolean flush;
  boolean flushEx;
  long flushLine;
  long flushNanos;
  long mask;
  long format;
  long addressSpace;
  long flags;
  boolean done;
  long result;
  long msr;

  /** Whether L0 injected a #UD. */
  boolean undefinedOpcode;

  /** Whether the vCPU was entered again, and where. */
  boolean entered;

  boolean hasEntryRip;
  long entryRip;

  /** Whether L0 made L1 run after the exit, of its own accord. */
  boolean leavesLater;

  boolean userspace;

  /** What makes it doubtful that the trace shows everything of this exit, or null: then nothing contradicts. */
  @Nullable String doubt;

  void begin(TraceEvent event) {
    open = true;
    line = event.line();
    timeNanos = event.timeNanos();
    otherwiseAt = NONE;
    reflected = false;
    foreignInject = false;
    otherInjects = 0;
    synthetic = false;
    syntheticNanos = TraceEvent.NO_TIME;
    hypercall = false;
    hypercallLine = NONE;
    hypercallNanos = TraceEvent.NO_TIME;
    code = 0;
    fast = false;
    varCnt = 0;
    repCnt = 0;
    repIdx = 0;
    kvmHypercall = false;
    flush = false;
    flushEx = false;
    flushLine = NONE;
    flushNanos = TraceEvent.NO_TIME;
    mask = 0;
    format = 0;
    addressSpace = 0;
    flags = 0;
    done = false;
    result = 0;
    msr = ExitFacts.UNKNOWN;
    undefinedOpcode = false;
    entered = false;
    hasEntryRip = false;
    entryRip = 0;
    leavesLater = false;
    userspace = false;
    doubt = null;
  }
}
