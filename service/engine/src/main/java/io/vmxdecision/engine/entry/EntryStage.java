package io.vmxdecision.engine.entry;

/** The families of checks, in the order in which KVM and the CPU behind it make them. */
public enum EntryStage {
  PREREQUISITES('P'),
  CONTROLS('C'),
  HOST_STATE('H'),
  GUEST_STATE('G'),
  MSR_LOAD('M'),
  CPU('S');

  private final char letter;

  EntryStage(char letter) {
    this.letter = letter;
  }

  /** The stage of a check by its id, such as {@code N-C5}. */
  static EntryStage of(String id) {
    for (EntryStage stage : values()) {
      if (id.charAt(2) == stage.letter) {
        return stage;
      }
    }
    throw new IllegalArgumentException(id);
  }
}
