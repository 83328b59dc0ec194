package io.vmxdecision.engine.check;

import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.ExecutionControl;
import io.vmxdecision.engine.view.TransitionControl;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The control words of an eVMCS and what KVM supports of each: {@code EVMCS1_SUPPORTED_*} of {@code
 * vmx/hyperv_evmcs.h}, less TSC scaling, which {@code vmx/hyperv.c} takes out. These sets bound what an
 * eVMCS may ask for at all; what the CPU and L0's settings allow of them, IA32_VMX_* tells L1 alone.
 *
 * <p>Two more sets have no word in the page. Tertiary controls: none is supported, and primary bit 17,
 * which would activate them, is not either. VM functions: none is supported, and KVM looks at its own
 * vmcs12, where an eVMCS cannot put any.
 */
public enum ControlWord {
  /** All but the preemption timer, posted interrupts and what has no meaning. */
  PIN_BASED(EvmcsField.PIN_BASED_VM_EXEC_CONTROL, 0x0000_003f, EvmcsCheck.UNSUPPORTED_PIN_BASED_CONTROL),

  /** All but bits 0, 17 (tertiary controls) and 18. */
  PRIMARY(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 0xfff9_fffe, EvmcsCheck.UNSUPPORTED_PRIMARY_CONTROL),

  /** Those of which the eVMCS has all fields. */
  SECONDARY(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 0xc519_98fe, EvmcsCheck.UNSUPPORTED_SECONDARY_CONTROL),

  /**
   * Up to bit 25, but not bit 22, the preemption timer. Bit 12, which IA32_VMX_EXIT_CTLS hides from an
   * L1 without CPUID 0x4000000A EBX bit 0, is supported all the same.
   */
  VM_EXIT(EvmcsField.VM_EXIT_CONTROLS, 0x03bf_ffff, EvmcsCheck.UNSUPPORTED_VM_EXIT_CONTROL),

  /**
   * Up to bit 18, but not the two of SMM, 10 and 11. Bit 13, which IA32_VMX_ENTRY_CTLS hides from an L1
   * without CPUID 0x4000000A EBX bit 0, is supported all the same.
   */
  VM_ENTRY(EvmcsField.VM_ENTRY_CONTROLS, 0x0007_f3ff, EvmcsCheck.UNSUPPORTED_VM_ENTRY_CONTROL);

  private final EvmcsField field;
  private final int supported;
  private final EvmcsCheck check;

  ControlWord(EvmcsField field, int supported, EvmcsCheck check) {
    this.field = field;
    this.supported = supported;
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
  public int supported() {
    return supported;
  }

  /** What the SDM calls the control at {@code bit} (0..31), or null where it defines none. */
  public @Nullable String title(int bit) {
    for (ExecutionControl control : ExecutionControl.values()) {
      if (control.field() == field && control.bit() == bit) {
        return control.title();
      }
    }
    for (TransitionControl control : TransitionControl.values()) {
      if (control.field() == field && control.bit() == bit) {
        return control.title();
      }
    }
    return null;
  }

  /** The check that finds bits outside {@link #supported()}. */
  EvmcsCheck check() {
    return check;
  }
}
