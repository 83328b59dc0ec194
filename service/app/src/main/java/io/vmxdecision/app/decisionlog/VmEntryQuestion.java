package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.machine.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * A request for a decision on a VM-entry that was read, ready for the engine.
 *
 * @param id the client's name for it; the decision does not depend on it
 * @param snapshot with an eVMCS: the pages that put it in use
 * @param entry what is to be decided
 */
public record VmEntryQuestion(@Nullable String id, Snapshot snapshot, VmEntry entry) implements Askable {
  @Override
  public RequestKind kind() {
    return RequestKind.VM_ENTRY;
  }
}
