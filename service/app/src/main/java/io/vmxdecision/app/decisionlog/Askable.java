package io.vmxdecision.app.decisionlog;

import org.jspecify.annotations.Nullable;

/** A request that was read, of whichever kind. */
public sealed interface Askable permits Question, VmEntryQuestion {
  /** What is to be decided. */
  RequestKind kind();

  /** The client's name for it; the decision does not depend on it. */
  @Nullable
  String id();
}
