package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.Captures;
import io.vmxdecision.artefacts.audit.AuditedFlush.Reach;
import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.machine.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of the kernel's own selftests on KVM 6.12, and the same traces with one line altered. */
class RealTracesTest {
  private static final String PAGES = "vmx-hyperv_evmcs_pages";

  static List<String> captures() {
    return Captures.NAMES;
  }

  @ParameterizedTest
  @MethodSource("captures")
  void noRealTraceContradictsTheRules(String name) {
    Audits audit = Audits.of(Captures.text(name));
    assertThat(audit.exits).noneMatch(exit -> exit.verdict() == Verdict.CONTRADICTS);
    assertThat(audit.exits).allMatch(exit -> exit.isa() != Isa.UNKNOWN);
    assertThat(audit.exits).allMatch(exit -> (exit.verdict() == Verdict.UNDECIDED) != exit.needs().isEmpty());
    String text = new String(Captures.text(name), StandardCharsets.UTF_8);
    AuditSummary summary = audit.summary;
    assertThat(summary.exitsFromL2()).isEqualTo(audit.exits.size())
        .isEqualTo(text.lines().filter(line -> line.contains(" kvm_nested_vmexit:")).count());
    assertThat(summary.reflectedToL1() + summary.injectedByL0() + summary.syntheticExits())
        .isEqualTo(text.lines().filter(line -> line.contains(" kvm_nested_vmexit_inject:")).count());
    assertThat(summary.l2Flushes()).isEqualTo(text.lines().filter(line -> line.contains("(L2)")).count());
    assertThat(summary.handledByL0() + summary.reflectedToL1()).isEqualTo(summary.exitsFromL2());
    assertThat(summary.lines()).isEqualTo(text.lines().count());
  }

  @ParameterizedTest
  @CsvSource({
    "vmx-hyperv_evmcs, 72, 65, 7, 1, 1, 2",
    "vmx-hyperv_evmcs_pages, 30, 23, 7, 1, 1, 2",
    "vmx-flush_variants_ept, 138, 62, 76, 0, 14, 46",
    "vmx-2cpu-flush_variants_two_vcpus, 56, 44, 12, 0, 3, 10",
    "svm-hyperv_svm_test, 28, 21, 7, 0, 1, 2",
    "trace-cmd-hyperv_evmcs, 71, 64, 7, 1, 1, 2"})
  void theCountsAreThoseOfTheRun(
      String name, int exits, int byL0, int reflected, int injected, int synthetic, int flushes) {
    AuditSummary summary = Audits.of(Captures.text(name)).summary;
    assertThat(List.of(
        summary.exitsFromL2(), summary.handledByL0(), summary.reflectedToL1(), summary.injectedByL0(),
        summary.syntheticExits(), summary.l2Flushes()))
        .containsExactly((long) exits, (long) byL0, (long) reflected, (long) injected, (long) synthetic,
            (long) flushes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void theSecondOfTheTwoFlushesBringsTheSyntheticExit(String name) {
    List<AuditedFlush> flushes = Audits.of(Captures.text(name)).flushes;
    assertThat(flushes).extracting(AuditedFlush::syntheticExit).containsExactly(false, true);
    assertThat(flushes).extracting(AuditedFlush::status).containsExactly(0, 0);
    assertThat(flushes).extracting(AuditedFlush::reach).containsOnly(Reach.ALL);
    assertThat(flushes.get(1).toSyntheticNanos()).isPositive();
  }

  @Test
  void theCheckThatARefusedEntryFailedIsNamed() {
    List<FailedEntry> failed = Audits.of(Captures.text("vmx-hyperv_evmcs")).failed;
    assertThat(failed).hasSize(1);
    assertThat(failed.getFirst().checks()).extracting(EntryCheck::id).containsExactly("N-P1");
  }

  /** The stages come in the order of the exits to user space by which the program asked for the dumps. */
  static TimedSnapshot[] pages() {
    String[] lines = new String(Captures.text(PAGES), StandardCharsets.UTF_8).split("\n", -1);
    List<Long> times = new ArrayList<>();
    for (String line : lines) {
      if (line.contains("KVM_EXIT_IO")) {
        String[] words = line.trim().split("\\s+", -1);
        String time = words[3].replace(":", "").replace(".", "");
        times.add(Long.parseLong(time) * 1000);
      }
    }
    int[] stages = {1, 2, 3, 4, 5, 6, 100, 7, 8, 101, 9, 10, 102, 200, 201, 103, 104, 202, 105, 203, 106};
    List<TimedSnapshot> snapshots = new ArrayList<>();
    CpuidWords cpuid = new CpuidWords(0x20101, -1, null, null, null);
    for (int i = 0; i < stages.length; i++) {
      if (stages[i] >= 100) {
        snapshots.add(new TimedSnapshot(times.get(i), -1,
            Captures.page(stages[i], "evmcs"), Captures.page(stages[i], "vp_assist"),
            Captures.page(stages[i], "partition_assist"), cpuid, List.of()));
      }
    }
    return snapshots.toArray(TimedSnapshot[]::new);
  }

  @Test
  void withTheDumpedPagesOnlyWhatTheyDoNotHoldStaysUndecided() {
    Audits audit = Audits.of(Captures.text(PAGES), pages());
    assertThat(audit.exits).noneMatch(exit -> exit.verdict() == Verdict.CONTRADICTS);
    assertThat(audit.exits).filteredOn(exit -> exit.verdict() == Verdict.UNDECIDED)
        .allSatisfy(exit -> assertThat(exit.needs()).allMatch(
            need -> need.contains("RCX") || need.contains("RAX") || need.contains("64-bit mode")
                || need.contains("the MSR bitmap")));
    assertThat(audit.exits).filteredOn(exit -> exit.reason() == 18 && exit.observed() == Level.L0)
        .hasSize(2).allMatch(exit -> exit.verdict() == Verdict.AGREES);
    assertThat(audit.flushes).extracting(AuditedFlush::syntheticExpected).containsExactly(false, true);
  }

  /** VMX's pages, controls and tables say nothing of a trace of SVM. */
  @Test
  void nothingOfSvmIsReadWithTheTablesOfVmx() {
    byte[] text = Captures.text("svm-hyperv_svm_test");
    byte[] ones = new byte[4096];
    Arrays.fill(ones, (byte) 0xff);
    ones[0] = 1;
    Arrays.fill(ones, 1, 4, (byte) 0);
    Audits alone = Audits.of(text);
    Audits withPages = Audits.of(text,
        TimedSnapshot.ofEvmcs(Long.MIN_VALUE, ones),
        TimedSnapshot.ofVpAssistPage(Long.MIN_VALUE, new byte[4096]),
        TimedSnapshot.ofPartitionAssistPage(Long.MIN_VALUE, ones),
        TimedSnapshot.ofCpuid(Long.MIN_VALUE, CpuidWords.ofNestedEax(0)));
    assertThat(withPages.exits).isEqualTo(alone.exits).hasSize(28);
    assertThat(withPages.flushes).isEqualTo(alone.flushes).hasSize(2);
    assertThat(alone.exits).allSatisfy(exit -> {
      assertThat(exit.isa()).isEqualTo(Isa.SVM);
      assertThat(exit.verdict() == Verdict.UNDECIDED || exit.rule() == null).isTrue();
      assertThat(exit.needs()).noneMatch(need -> need.startsWith("eVMCS"));
    });
  }

  /** An exit in one word for each thing that an alteration may change. */
  private static Map<Long, String> told(Audits audit) {
    Map<Long, String> told = new TreeMap<>();
    for (AuditedExit exit : audit.exits) {
      told.put(exit.line(),
          exit.verdict() + " " + exit.observed() + " " + exit.reason() + " " + exit.needs());
    }
    return told;
  }

  /** Alters each line that {@code which} is in, one at a time; the exit that it belongs to must be found out. */
  private static int alterEach(String name, String which, UnaryOperator<String> alter,
      TimedSnapshot... snapshots) {
    String text = new String(Captures.text(name), StandardCharsets.UTF_8);
    List<String> lines = Arrays.asList(text.split("\n", -1));
    Map<Long, String> before = told(Audits.of(text, snapshots));
    List<AuditedExit> exits = Audits.of(text, snapshots).exits;
    int altered = 0;
    for (int i = 0; i < lines.size(); i++) {
      String now = alter.apply(lines.get(i));
      if (!lines.get(i).contains(which) || now.equals(lines.get(i))) {
        continue;
      }
      long own = owner(lines, i, exits);
      if (own < 0) {
        continue;
      }
      altered++;
      List<String> copy = new ArrayList<>(lines);
      copy.set(i, now); // an empty line in place of a lost one: the numbers of the others stay
      Audits audit = Audits.of(String.join("\n", copy), snapshots);
      Map<Long, String> after = told(audit);
      AuditedExit found = audit.exits.stream().filter(exit -> exit.line() == own).findFirst().orElseThrow();
      assertThat(found.verdict()).as("line %d: %s", i + 1, lines.get(i)).isNotEqualTo(Verdict.AGREES);
      assertThat(after.get(own)).as("line %d: %s", i + 1, lines.get(i))
          .satisfiesAnyOf(
              told -> assertThat(told).isNotEqualTo(before.get(own)),
              told -> assertThat(told).startsWith("UNDECIDED"));
      after.remove(own);
      before.forEach((line, told) -> {
        if (line != own) {
          assertThat(after.get(line)).as("altered line of %d", own).isEqualTo(told);
        }
      });
    }
    return altered;
  }

  /** The last exit of the same task before the line, or the line itself. */
  private static long owner(List<String> lines, int index, List<AuditedExit> exits) {
    String task = lines.get(index).trim().split("\\s+", -1)[0];
    for (int i = index; i >= 0; i--) {
      long line = i + 1L;
      String text = lines.get(i).trim();
      if (!text.startsWith(task + " ")) {
        continue;
      }
      if (exits.stream().anyMatch(exit -> exit.line() == line)) {
        return line;
      }
      if (text.contains(": kvm_entry:")) {
        return -1;
      }
    }
    return -1;
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept",
    "vmx-2cpu-flush_variants_two_vcpus", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void aMissingInjectIsFoundAtItsExitAndNowhereElse(String name) {
    assertThat(alterEach(name, "kvm_nested_vmexit_inject:", line -> "")).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept",
    "vmx-2cpu-flush_variants_two_vcpus", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void anotherReasonOfAnExitIsFoundAtItsExitAndNowhereElse(String name) {
    assertThat(alterEach(name, "kvm_nested_vmexit:",
        line -> line.replaceFirst("reason [A-Za-z_]+( excp)?",
            line.contains(" npf ") || name.startsWith("svm")
                ? "reason cpuid"
                : "reason CPUID")))
        .isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept",
    "vmx-2cpu-flush_variants_two_vcpus", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void anotherReasonOfAnInjectIsFoundAtItsExitAndNowhereElse(String name) {
    assertThat(alterEach(name, "kvm_nested_vmexit_inject:",
        line -> line.replaceFirst("reason: [A-Za-z_]+( 0x10000000| excp)?",
            name.startsWith("svm") ? "reason: cpuid" : "reason: CPUID")))
        .isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept",
    "vmx-2cpu-flush_variants_two_vcpus", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void anotherStatusOfAFlushIsFoundAtItsExitAndNowhereElse(String name) {
    for (String status : List.of("0x3", "0x5", "0x6", "0x100000000")) {
      assertThat(alterEach(name, "kvm_hv_hypercall_done:",
          line -> line.replaceFirst("result 0x[0-9a-f]+", "result " + status))).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept",
    "vmx-2cpu-flush_variants_two_vcpus", "trace-cmd-hyperv_evmcs", "svm-hyperv_svm_test"})
  void aMissingLineOfAFlushIsFoundAtItsExitAndNowhereElse(String name) {
    for (String event : List.of("kvm_hv_flush_tlb:", "kvm_hv_hypercall:", "kvm_hv_hypercall_done:")) {
      assertThat(alterEach(name, event, line -> line.contains(event) ? "" : line)).isPositive();
    }
  }

  @Test
  void withThePagesAnAlteredLineIsFoundToo() {
    TimedSnapshot[] pages = pages();
    assertThat(alterEach(PAGES, "kvm_nested_vmexit_inject:", line -> "", pages)).isPositive();
    assertThat(alterEach(PAGES, "kvm_hv_flush_tlb:", line -> "", pages)).isEqualTo(2);
    assertThat(
        alterEach(PAGES, "kvm_hv_hypercall_done:", line -> line.replace("result 0x0", "result 0x3"), pages))
        .isEqualTo(2);
    Audits audit = Audits.of(
        new String(Captures.text(PAGES), StandardCharsets.UTF_8).replace("result 0x0", "result 0x3"), pages);
    assertThat(audit.exits).filteredOn(exit -> exit.verdict() == Verdict.CONTRADICTS).hasSize(2);
  }
}
