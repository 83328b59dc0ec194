package io.vmxdecision.artefacts.report;

import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds values that artefacts say differently. */
public final class Contradictions {
  private Contradictions() {}

  /** Adds a fault to each artefact that contradicts an earlier one. */
  public static void find(List<Artefact> artefacts) {
    Map<String, Integer> words = new HashMap<>();
    Artefact dump = null;
    for (Artefact artefact : artefacts) {
      if (artefact.kind() == Kind.CPUID || artefact.kind() == Kind.VM_CONFIG) {
        cpuid(artefact, words);
      } else if (artefact.kind() == Kind.VMCS_DUMP) {
        dump = artefact;
      } else if (artefact.kind() == Kind.ENTRY_FAILURE && dump != null) {
        reason(artefact, dump);
        dump = null;
      }
    }
  }

  private static void cpuid(Artefact artefact, Map<String, Integer> words) {
    artefact.cpuid().forEach((name, value) -> {
      Integer before = words.putIfAbsent(name, value);
      // What flags make is a part of what CPUID shows: the host adds bits that no flag names.
      if (before != null && !before.equals(value) && artefact.kind() == Kind.CPUID) {
        artefact.fault(
            new Fault("CONTRADICTION", Severity.WARNING, List.of(name),
                name + " is " + new Word(Integer.toUnsignedLong(value)) + " here and "
                    + new Word(Integer.toUnsignedLong(before)) + " in an earlier artefact.",
                List.of()));
      }
    });
  }

  private static void reason(Artefact failure, Artefact dump) {
    Long reason = dump.fields().get(VmcsField.VM_EXIT_REASON);
    Artefact.ExitWords exit = failure.exit();
    if (reason != null && exit != null && reason.intValue() != exit.reason()) {
      failure.fault(
          new Fault("CONTRADICTION", Severity.WARNING, List.of(VmcsField.VM_EXIT_REASON.linuxName()),
              "The failure says " + new Word(Integer.toUnsignedLong(exit.reason())) + ", the dump before it "
                  + new Word(reason) + ".",
              List.of()));
    }
  }
}
