package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.entry.EntryCheck;
import java.util.List;

/**
 * A VM-entry of L1 that KVM refused. Immutable.
 *
 * @param line the line of its {@code kvm_nested_vmenter_failed}
 * @param timeNanos its time, or {@code TraceEvent.NO_TIME}
 * @param vcpu the vCPU, or -1 if the trace does not say
 * @param text the check that failed, as KVM prints it
 * @param checks the rules that the text can be; empty if it is none, see {@code about}
 * @param about why no rule is named, in words; empty if one is
 */
public record FailedEntry(
    long line, long timeNanos, int vcpu, String text, List<EntryCheck> checks, String about) {
  /** Copies. */
  public FailedEntry {
    checks = List.copyOf(checks);
  }
}
