package io.vmxdecision.app.entry;

import io.vmxdecision.engine.entry.VmEntry;
import org.jspecify.annotations.Nullable;

/**
 * A request that was read, ready for the engine.
 *
 * @param id the client's name for it; the decision does not depend on it
 * @param entry what is to be decided
 */
record VmEntryQuestion(@Nullable String id, VmEntry entry) {}
