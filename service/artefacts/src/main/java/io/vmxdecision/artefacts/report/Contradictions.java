package io.vmxdecision.artefacts.report;

import io.vmxdecision.engine.check.StatementCheck;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Brings before the engine what several artefacts say of one word. */
public final class Contradictions {
  private static final StatementCheck CHECK = StatementCheck.CONTRADICTION;

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
      if (before != null && artefact.kind() == Kind.CPUID) {
        say(artefact, name, Integer.toUnsignedLong(before), Integer.toUnsignedLong(value));
      }
    });
  }

  private static void reason(Artefact failure, Artefact dump) {
    Long reason = dump.fields().get(VmcsField.VM_EXIT_REASON);
    Artefact.ExitWords exit = failure.exit();
    if (reason != null && exit != null) {
      say(failure, VmcsField.VM_EXIT_REASON.linuxName(), reason & 0xffff_ffffL,
          Integer.toUnsignedLong(exit.reason()));
    }
  }

  private static void say(Artefact artefact, String name, long earlier, long later) {
    if (CHECK.isViolated(earlier, later)) {
      artefact.fault(
          new Fault(CHECK.name(), CHECK.severity(), List.of(name),
              name + " is " + new Word(later) + " here and " + new Word(earlier) + " in an earlier artefact. "
                  + CHECK.statement(),
              CHECK.references()));
    }
  }
}
