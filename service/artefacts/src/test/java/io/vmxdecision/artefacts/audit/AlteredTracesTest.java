package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.Captures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real traces, damaged as traces are: cut off, with events lost, lines doubled, CPUs interleaved otherwise. Only the
 * exits that the damage is in may be judged otherwise, and none is wrongly found to contradict.
 */
class AlteredTracesTest {
  private static final String TWO_CPUS = "vmx-2cpu-flush_variants_two_vcpus";

  /** How many places of a capture are damaged, spread over all of it. */
  private static final int MOST_DAMAGES = 80;

  static List<String> captures() {
    return Captures.NAMES;
  }

  private static List<String> lines(String name) {
    return new String(Captures.text(name), StandardCharsets.UTF_8).lines().toList();
  }

  private static Audits audit(List<String> lines) {
    return Audits.of(String.join("\n", lines) + "\n");
  }

  private static String told(AuditedExit exit) {
    return exit.verdict() + " " + exit.observed() + " " + exit.reason() + " " + exit.rule() + " "
        + exit.needs();
  }

  private static Map<Long, String> told(List<AuditedExit> exits) {
    return exits.stream().collect(Collectors.toMap(AuditedExit::line, AlteredTracesTest::told, (a, b) -> a,
        TreeMap::new));
  }

  /** Lines of a capture at or beside an event that an audit reads. */
  private static int[] aroundExits(List<String> lines) {
    int[] around = IntStream.range(0, lines.size())
        .filter(i -> lines.get(i).contains("kvm_nested") || lines.get(i).contains("kvm_hv_"))
        .flatMap(i -> IntStream.rangeClosed(i - 1, i + 1))
        .filter(i -> i >= 0 && i < lines.size())
        .distinct().toArray();
    int step = 1 + around.length / MOST_DAMAGES;
    return IntStream.range(0, around.length).filter(i -> i % step == 0).map(i -> around[i]).toArray();
  }

  @ParameterizedTest
  @MethodSource("captures")
  void aTraceThatEndsAtAnyLineContradictsNothing(String name) {
    List<String> lines = lines(name);
    Map<Long, String> whole = told(audit(lines).exits);
    for (int end : aroundExits(lines)) {
      Audits cut = audit(lines.subList(0, end));
      int open = 0;
      for (AuditedExit exit : cut.exits) {
        assertThat(exit.verdict()).as("cut before line %d, exit of line %d", end + 1, exit.line())
            .isNotEqualTo(Verdict.CONTRADICTS);
        open += told(exit).equals(whole.get(exit.line())) ? 0 : 1;
      }
      assertThat(open).as("cut before line %d", end + 1).isLessThanOrEqualTo(name.equals(TWO_CPUS) ? 2 : 1);
      assertThat(cut.summary.lines()).isEqualTo(Math.max(1, end));
    }
  }

  @Test
  void aTraceThatEndsWithinALineContradictsNothing() {
    List<String> lines = lines("vmx-hyperv_evmcs");
    int exit = IntStream.range(0, lines.size())
        .filter(i -> lines.get(i).contains("kvm_hv_flush_tlb")).findFirst().orElseThrow();
    String before = String.join("\n", lines.subList(0, exit - 3)) + "\n";
    String text = String.join("\n", lines.subList(exit - 3, exit + 4));
    for (int cut = 0; cut < text.length(); cut++) {
      assertThat(Audits.of(before + text.substring(0, cut)).exits).as(text.substring(0, cut))
          .noneMatch(one -> one.verdict() == Verdict.CONTRADICTS);
    }
  }

  @ParameterizedTest
  @MethodSource("captures")
  void whereEventsAreLostOnlyTheExitsBesideAreDoubted(String name) {
    List<String> lines = lines(name);
    Map<Long, String> whole = told(audit(lines).exits);
    for (int at : aroundExits(lines)) {
      List<String> lost = new ArrayList<>(lines);
      lost.add(at, "CPU:0 [LOST 3 EVENTS]");
      Audits damaged = audit(lost);
      long others = damaged.exits.stream().filter(exit -> {
        long line = exit.line() > at ? exit.line() - 1 : exit.line();
        return !told(exit).equals(whole.get(line));
      }).peek(exit -> assertThat(exit.verdict()).isEqualTo(Verdict.UNDECIDED)).count();
      assertThat(others).as("lost before line %d", at + 1).isLessThanOrEqualTo(1);
      assertThat(damaged.summary.lostEvents()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @MethodSource("captures")
  void aDoubledLineMattersToItsExitAlone(String name) {
    List<String> lines = lines(name);
    Map<Long, String> whole = told(audit(lines).exits);
    for (int at : aroundExits(lines)) {
      List<String> doubled = new ArrayList<>(lines);
      doubled.add(at, lines.get(at));
      List<Long> other = new ArrayList<>();
      for (AuditedExit exit : audit(doubled).exits) {
        long line = exit.line() > at + 1 ? exit.line() - 1 : exit.line();
        if (!told(exit).equals(whole.get(line))) {
          other.add(line);
        }
      }
      assertThat(other).as("doubled line %d: %s", at + 1, lines.get(at)).hasSizeLessThanOrEqualTo(1)
          .allMatch(line -> line <= at + 1);
    }
  }

  private static String task(String line) {
    return line.trim().split("\\s+", 2)[0];
  }

  /** What each thread did, in order; how the threads took turns does not matter. */
  private static Map<String, List<String>> byThread(List<String> lines) {
    Map<String, List<String>> threads = new TreeMap<>();
    List<AuditedExit> exits = audit(lines).exits;
    for (AuditedExit exit : exits.stream().sorted((a, b) -> Long.compare(a.line(), b.line())).toList()) {
      threads.computeIfAbsent(task(lines.get((int) exit.line() - 1)), key -> new ArrayList<>())
          .add(told(exit) + " " + exit.vcpu() + " " + exit.rip());
    }
    return threads;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void howCpusAreInterleavedDoesNotMatter(long seed) {
    List<String> lines = lines(TWO_CPUS).stream().filter(line -> !line.startsWith("#")).toList();
    Map<String, List<String>> queues = new TreeMap<>();
    lines.forEach(line -> queues.computeIfAbsent(task(line), key -> new ArrayList<>()).add(line));
    assertThat(queues).hasSizeGreaterThan(1);
    List<String> mixed = new ArrayList<>();
    Random random = new Random(seed);
    List<List<String>> rest = new ArrayList<>(queues.values());
    while (!rest.isEmpty()) {
      List<String> next = rest.get(random.nextInt(rest.size()));
      int taken = Math.min(next.size(), 1 + random.nextInt(seed == 1 ? 1 << 20 : 4));
      mixed.addAll(next.subList(0, taken));
      next.subList(0, taken).clear();
      rest.removeIf(List::isEmpty);
    }
    assertThat(byThread(mixed)).isEqualTo(byThread(lines));
  }

  @ParameterizedTest
  @MethodSource("captures")
  void theNumbersOfVcpusDoNotMatterWhereThreadsAreTold(String name) {
    List<String> lines = lines(name);
    Random random = new Random(7);
    List<String> shuffled = lines.stream()
        .map(line -> line.replaceAll("vcpu [0-9]+", "vcpu " + random.nextInt(5))).toList();
    assertThat(told(audit(shuffled).exits)).isEqualTo(told(audit(lines).exits));
  }

  @ParameterizedTest
  @MethodSource("captures")
  void timeThatGoesBackwardsDoesNotMatterWithoutSnapshots(String name) {
    List<String> lines = lines(name);
    int[] time = {1_000_000};
    List<String> backwards = lines.stream()
        .map(line -> line.replaceFirst(" [0-9]+\\.[0-9]{6}: ", " " + time[0]-- + ".000000: ")).toList();
    Audits audit = audit(backwards);
    assertThat(told(audit.exits)).isEqualTo(told(audit(lines).exits));
    assertThat(audit.flushes).allMatch(flush -> flush.toSyntheticNanos() < 0);
    assertThat(audit.summary.timedSynthetics()).isZero();
  }

  /** Without thread and CPU the lines of several vCPUs cannot be told apart: nothing may be held against L0. */
  @ParameterizedTest
  @MethodSource("captures")
  void linesWithoutThreadAndCpuContradictNothing(String name) {
    List<String> lines = lines(name);
    List<String> bare = lines.stream().filter(line -> line.contains(" kvm_"))
        .map(line -> line.substring(line.indexOf(" kvm_") + 1)).toList();
    Audits audit = audit(bare);
    assertThat(audit.summary.exitsFromL2()).isEqualTo(audit(lines).summary.exitsFromL2());
    assertThat(audit.exits).noneMatch(exit -> exit.verdict() == Verdict.CONTRADICTS);
  }
}
