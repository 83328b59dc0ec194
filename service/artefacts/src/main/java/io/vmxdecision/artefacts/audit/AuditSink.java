package io.vmxdecision.artefacts.audit;

/**
 * Takes what an audit finds, as it goes. Of one vCPU the findings come in the order of the trace; between vCPUs an exit
 * comes when it is over.
 */
public interface AuditSink {
  /** An exit from L2. */
  void exit(AuditedExit exit);

  /** A flush hypercall of L2 that L0 handled. It comes right before its exit. */
  void flush(AuditedFlush flush);

  /** A VM-entry of L1 that KVM refused. */
  void failedEntry(FailedEntry entry);
}
