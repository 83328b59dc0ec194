package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import org.jspecify.annotations.Nullable;

/** A request that was read: ready for the engine. */
record DecisionInput(@Nullable String id, Profile profile, Snapshot snapshot, VmExit exit) {
  /** The request without the client's name for it. */
  Question question() {
    return new Question(profile, snapshot, exit);
  }
}
