package io.vmxdecision.engine.check;

import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The control words of an eVMCS. What an L0 supports of each is its {@link Profile}'s matter. */
public enum ControlWord {
  PIN_BASED(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, EvmcsCheck.UNSUPPORTED_PIN_BASED_CONTROL),
  PRIMARY(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, EvmcsCheck.UNSUPPORTED_PRIMARY_CONTROL),
  SECONDARY(EvmcsField.SECONDARY_VM_EXEC_CONTROL, EvmcsCheck.UNSUPPORTED_SECONDARY_CONTROL),
  VM_EXIT(EvmcsField.VM_EXIT_CONTROLS, EvmcsCheck.UNSUPPORTED_VM_EXIT_CONTROL),
  VM_ENTRY(EvmcsField.VM_ENTRY_CONTROLS, EvmcsCheck.UNSUPPORTED_VM_ENTRY_CONTROL);

  private final EvmcsField field;
  private final EvmcsCheck check;

  ControlWord(EvmcsField field, EvmcsCheck check) {
    this.field = field;
    this.check = check;
  }

  /** The word of that field, or null when it is no control word. */
  public static @Nullable ControlWord of(EvmcsField field) {
    return Arrays.stream(values()).filter(word -> word.field == field).findFirst().orElse(null);
  }

  /** The field of the page. */
  public EvmcsField field() {
    return field;
  }

  /** The bits that may be set, 32 bits. */
  public int supported(Profile profile) {
    return profile.evmcs().controls(field);
  }

  /** What the SDM calls the control at {@code bit} (0..31), or null where it defines none. */
  public @Nullable String title(int bit) {
    Control control = Control.of(field, bit);
    return control == null ? null : control.title();
  }

  /** The check that finds bits outside {@link #supported}. */
  EvmcsCheck check() {
    return check;
  }
}
