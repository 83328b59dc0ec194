package io.vmxdecision.engine.profile;

import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Map;
import java.util.Set;

/**
 * What an L0 does with the fields of an eVMCS. Immutable; safe for use by any thread.
 *
 * @param loaded the fields that it loads at VM-entry, if their clean-field group is dirty
 * @param stored the fields that it stores at VM-exit
 * @param controls of each control word the bits that an eVMCS may ask for at all; what the CPU and L0's
 *     settings allow of them, IA32_VMX_* tells L1 alone
 */
public record EvmcsSupport(
    Set<EvmcsField> loaded, Set<EvmcsField> stored, Map<EvmcsField, Integer> controls) {
  /** Copies. */
  public EvmcsSupport {
    loaded = Set.copyOf(loaded);
    stored = Set.copyOf(stored);
    controls = Map.copyOf(controls);
  }

  /** Whether L0 loads the field at VM-entry. */
  public boolean loads(EvmcsField field) {
    return loaded.contains(field);
  }

  /** Whether L0 stores the field at VM-exit. */
  public boolean stores(EvmcsField field) {
    return stored.contains(field);
  }

  /**
   * The bits of {@code value} that an eVMCS does not support in that control word: checks N-C49..53 of a
   * VM-entry, and what a check of a page finds.
   *
   * @param value the word, 32 bits
   */
  public int unsupported(EvmcsField word, long value) {
    return (int) value & ~controls(word);
  }

  /** The bits of a control word that may be set, 32 bits; none of a field that is no control word. */
  public int controls(EvmcsField word) {
    return controls.getOrDefault(word, 0);
  }
}
