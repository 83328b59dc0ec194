package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;

/** All that a decision depends on besides the engine. */
public record Question(Profile profile, Snapshot snapshot, VmExit exit) {}
