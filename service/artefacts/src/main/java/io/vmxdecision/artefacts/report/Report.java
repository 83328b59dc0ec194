package io.vmxdecision.artefacts.report;

import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that was found.
 *
 * @param artefacts what was recognised, in the order of the input
 * @param more how many were recognised beyond those
 * @param missing what would decide more
 * @param unrecognisedLines how many lines nothing recognised
 * @param firstUnrecognised the first of them, shortened
 */
public record Report(
    List<Artefact> artefacts,
    long more,
    List<Missing> missing,
    long unrecognisedLines,
    List<String> firstUnrecognised) {
  private static final int FAILED_ENTRY_REASON = 0x21;

  /** A report. */
  public Report {
    artefacts = List.copyOf(artefacts);
    missing = List.copyOf(missing);
    firstUnrecognised = List.copyOf(firstUnrecognised);
  }

  /** Whether a check found something wrong. */
  public boolean hasFaults() {
    return artefacts.stream().anyMatch(artefact -> !artefact.faults().isEmpty());
  }

  /** The exit that the input shows: of a dump before that of a number, a plausible one before others. */
  public @Nullable ExitWords exit() {
    ExitWords best = null;
    int bestRank = -1;
    for (Artefact artefact : artefacts) {
      ExitWords words = artefact.exit();
      if (words != null && rank(artefact, words) > bestRank) {
        bestRank = rank(artefact, words);
        best = words;
      }
    }
    return best;
  }

  private static int rank(Artefact artefact, ExitWords words) {
    int basic = ExitReason.basic(words.reason());
    boolean failsOnly = basic == FAILED_ENTRY_REASON || basic == FAILED_ENTRY_REASON + 1;
    boolean reportable = ExitReason.kind(words.reason()).isReportable()
        && failsOnly == ExitReason.isFailedVmEntry(words.reason());
    int source = switch (artefact.kind()) {
      case PAGE, HEX_PAGE, NESTED_STATE -> 4;
      case VMCS_DUMP -> 3;
      case ENTRY_FAILURE -> 2;
      default -> 1;
    };
    return (reportable ? 8 : 0) + source;
  }

  /** The CPUID words, the first that was said of each. */
  public Map<String, Integer> cpuid() {
    Map<String, Integer> words = new LinkedHashMap<>();
    artefacts.forEach(artefact -> artefact.cpuid().forEach(words::putIfAbsent));
    return words;
  }

  /** The VMX capability MSRs, the first that was said of each. */
  public Map<Capability, Long> capabilities() {
    Map<Capability, Long> words = new EnumMap<>(Capability.class);
    artefacts.forEach(artefact -> artefact.capabilities().forEach(words::putIfAbsent));
    return words;
  }

  /** The registers, the first that was said of each. */
  public Map<String, Long> registers() {
    Map<String, Long> registers = new LinkedHashMap<>();
    artefacts.forEach(artefact -> artefact.registers().forEach(registers::putIfAbsent));
    return registers;
  }

  /** The fields of the first VMCS. */
  public Map<VmcsField, Long> vmcs() {
    return artefacts.stream()
        .filter(artefact -> artefact.kind() == Kind.VMCS_DUMP && !artefact.fields().isEmpty())
        .findFirst()
        .map(Artefact::fields)
        .orElse(Map.of());
  }

  /** The first page of that kind, or null. */
  public byte @Nullable [] page(PageKind kind) {
    for (Artefact artefact : artefacts) {
      GivenPage page = artefact.page();
      if (page != null && page.kind() == kind) {
        return page.bytes();
      }
    }
    return null;
  }

  /** Where the values of {@link #cpuid}, {@link #registers}, {@link #vmcs} and {@link #exit} were read. */
  public List<Provenance> provenance() {
    Map<String, Provenance> first = new LinkedHashMap<>();
    for (Artefact artefact : artefacts) {
      artefact.provenance().forEach(from -> first.putIfAbsent(from.pointer(), from));
    }
    return new ArrayList<>(first.values());
  }
}
