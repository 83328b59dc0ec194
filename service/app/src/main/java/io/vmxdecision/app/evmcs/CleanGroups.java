package io.vmxdecision.app.evmcs;

import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.jspecify.annotations.Nullable;

/** Clean-field groups as answers tell them: what does not apply is left out. */
final class CleanGroups {
  private CleanGroups() {}

  /** The group of a field; null where the TLFS assigns none. */
  static @Nullable CleanFieldGroup groupOf(EvmcsField field) {
    return field.cleanGroup() == CleanFieldGroup.UNASSIGNED ? null : field.cleanGroup();
  }

  /** The bit of a field's group; null where no single bit stands for it. */
  static @Nullable Integer bitOf(EvmcsField field) {
    int bit = field.cleanGroup().bit();
    return bit < 0 ? null : bit;
  }
}
