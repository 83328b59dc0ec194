package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** VM-entries that satisfy all checks, and what becomes of them when something is changed. */
final class EntryScenario {
  private static final RecordedEntry SOUND = RecordedEntry.all("entry-sdm").get(0);

  /** Control words in which a CPU allows everything, and demands what the defaults demand. */
  private static final long ALL_ALLOWED = 0xffff_ffffL << 32;

  private static final List<Capability> CONTROL_WORDS =
      List.of(
          Capability.VMX_TRUE_PINBASED_CTLS,
          Capability.VMX_TRUE_PROCBASED_CTLS,
          Capability.VMX_PROCBASED_CTLS2,
          Capability.VMX_TRUE_EXIT_CTLS,
          Capability.VMX_TRUE_ENTRY_CTLS);

  private EntryScenario() {}

  /** A 64-bit unrestricted guest in an eVMCS, under KVM. */
  static VmEntry enlightened() {
    return SOUND.entry();
  }

  /** The same guest in an ordinary VMCS, every field given. */
  static VmEntry ordinary(EntryProfile profile) {
    VmEntry page = SOUND.entry();
    VmEntry entry = new VmEntry();
    entry.clear(profile, EntryInstruction.VMLAUNCH);
    for (VmcsField field : VmcsField.values()) {
      EvmcsField there = field.evmcsField();
      entry.field(field, there == null ? 0 : page.evmcs().value(there));
    }
    return entry;
  }

  /** The same on a CPU of which all is known, and that lets every control be 1. */
  static VmEntry bareCpu() {
    VmEntry entry = ordinary(EntryProfile.SDM);
    for (Capability capability : Capability.values()) {
      entry.capability(capability, capability.byDefault());
    }
    for (Capability word : CONTROL_WORDS) {
      entry.capability(word, word.byDefault() | ALL_ALLOWED);
    }
    for (Circumstance circumstance : Circumstance.values()) {
      if (circumstance != Circumstance.MEMORY && circumstance != Circumstance.VMCS_POINTER) {
        entry.circumstance(circumstance, circumstance == Circumstance.LONG_MODE);
      }
    }
    entry.vmcsPointer(0x5000);
    return entry;
  }

  /** Applies changes such as {@code guest_rflags=0x2 vmxMisc=0x165 entry.smm=true}. */
  static VmEntry change(VmEntry entry, String changes) {
    for (Map.Entry<String, String> change : parse(changes).entrySet()) {
      String name = change.getKey();
      String value = change.getValue();
      VmcsField field = VmcsField.of(name);
      Capability capability = Capability.of(name);
      Circumstance circumstance = Circumstance.of(name);
      if (circumstance != null) {
        entry.circumstance(circumstance, Boolean.parseBoolean(value));
      } else if (capability != null) {
        entry.capability(capability, Long.decode(value));
      } else if (field != null && entry.evmcs().isGiven()) {
        EvmcsField there = field.evmcsField();
        if (there == null) {
          throw new IllegalArgumentException(name);
        }
        entry.evmcs().value(there, Long.parseUnsignedLong(value.substring(2), 16));
      } else if (field != null) {
        entry.field(field, Long.parseUnsignedLong(value.substring(2), 16));
      } else {
        throw new IllegalArgumentException(name);
      }
    }
    return entry;
  }

  private static Map<String, String> parse(String changes) {
    Map<String, String> parsed = new TreeMap<>();
    for (String change : changes.split(" ", -1)) {
      String[] sides = change.split("=", -1);
      if (parsed.put(sides[0], sides[1]) != null) {
        throw new IllegalArgumentException(changes);
      }
    }
    return parsed;
  }

  static VmEntryDecision decide(VmEntry entry) {
    VmEntryDecision decision = new VmEntryDecision();
    new VmEntryEngine().decide(entry, decision);
    return decision;
  }

  static List<String> ids(List<EntryCheck> checks) {
    return checks.stream().map(EntryCheck::id).toList();
  }
}
