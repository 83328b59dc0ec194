package io.vmxdecision.engine.counterfactual;

/** Where a change is made: something that has a value of up to 64 bits. */
public sealed interface Changeable permits Place, EntryPlace {
  /** What it is called, such as {@code eVMCS 0x344 hv_enlightenments_control}. */
  String title();

  /** All its bits. */
  default long mask() {
    return Change.WHOLE;
  }

  /** The name of a bit, such as {@code HLT exiting}; empty if it has none. */
  default String nameOf(int bit) {
    return "";
  }
}
