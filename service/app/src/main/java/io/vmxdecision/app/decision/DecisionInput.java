package io.vmxdecision.app.decision;

import io.vmxdecision.engine.Profile;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import org.jspecify.annotations.Nullable;

/** A request that was read: ready for the engine. */
record DecisionInput(@Nullable String id, Profile profile, Snapshot snapshot, VmExit exit) {}
