package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.BehaviourProfile;
import org.jspecify.annotations.Nullable;

/**
 * A request for a decision on a VM-exit that was read, ready for the engine.
 *
 * @param id the client's name for it; the decision does not depend on it
 * @param profile which L0 is modelled, or that the text is asked
 * @param snapshot what L0 knows
 * @param exit what it has to decide
 */
public record Question(@Nullable String id, BehaviourProfile profile, Snapshot snapshot, VmExit exit)
    implements
      Askable {
  @Override
  public RequestKind kind() {
    return RequestKind.VM_EXIT;
  }
}
