package io.vmxdecision.engine.catalogue;

/** What a rule saw, in words. Allocates: it is no part of a decision. */
@FunctionalInterface
public interface Evidence {
  /** The fields, bits and values that the rule looked at in {@code decided}, if it was looked at. */
  String in(Decided decided);
}
