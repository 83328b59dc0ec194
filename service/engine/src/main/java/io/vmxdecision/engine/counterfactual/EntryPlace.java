package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.jspecify.annotations.Nullable;

/** Where a change to a VM-entry is made. */
public sealed interface EntryPlace extends Changeable {
  /** A field of the VMCS. */
  record Field(VmcsField field) implements EntryPlace {
    @Override
    public String title() {
      return field.linuxName();
    }

    @Override
    public long mask() {
      return field.mask();
    }

    @Override
    public String nameOf(int bit) {
      Capability word = word();
      if (word != null) {
        return EntryPlace.nameOf(word, bit);
      }
      EvmcsField there = field.evmcsField();
      Control control = there == null ? null : Control.of(there, bit);
      return control == null ? "" : control.title();
    }

    /** The capability word whose bits have the same names, or null. */
    @Nullable
    Capability word() {
      return switch (field) {
        case TERTIARY_VM_EXEC_CONTROL -> Capability.VMX_PROCBASED_CTLS3;
        case SECONDARY_VM_EXIT_CONTROLS -> Capability.VMX_EXIT_CTLS2;
        case GUEST_CR0, HOST_CR0 -> Capability.VMX_CR0_FIXED1;
        case GUEST_CR4, HOST_CR4 -> Capability.VMX_CR4_FIXED1;
        case GUEST_IA32_EFER, HOST_IA32_EFER -> Capability.EFER;
        case GUEST_IA32_DEBUGCTL -> Capability.DEBUGCTL;
        case GUEST_IA32_PERF_GLOBAL_CTRL, HOST_IA32_PERF_GLOBAL_CTRL -> Capability.PERF_GLOBAL_CTRL;
        default -> null;
      };
    }
  }

  private static String nameOf(Capability word, int bit) {
    return CapabilityBits.of(word).stream()
        .filter(bits -> bits.low() == bit && bits.high() == bit)
        .map(CapabilityBits::title)
        .findFirst()
        .orElse("");
  }

  /** A capability word, or a fact of the CPU. */
  record Word(Capability capability) implements EntryPlace {
    @Override
    public String title() {
      return capability.label();
    }

    /** Of a control word, the control that the bit demands or allows. */
    @Override
    public String nameOf(int bit) {
      EvmcsField controls = CapabilityBits.controls(capability);
      if (controls != null) {
        Control control = Control.of(controls, bit % Integer.SIZE);
        return control == null
            ? ""
            : control.title() + (bit < Integer.SIZE ? " must be 1" : " may be 1");
      }
      return EntryPlace.nameOf(capability, bit);
    }
  }

  /** A circumstance, 1 or 0. */
  record Condition(Circumstance circumstance) implements EntryPlace {
    @Override
    public String title() {
      return circumstance.label();
    }
  }
}
