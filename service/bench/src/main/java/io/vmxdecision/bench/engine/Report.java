package io.vmxdecision.bench.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;
import org.openjdk.jmh.util.Statistics;

/** The results of one run as the Markdown tables of the README. */
final class Report {
  /** How many iterations of a long benchmark are its first and its last ones. */
  private static final int AT_EITHER_END = 5;

  private static final double MEDIAN = 50;
  private static final double ALMOST_ALL = 99;
  private static final double MICROS_PER_MILLI = 1000;
  private static final int KIB_PER_MIB = 1024;

  private final Collection<RunResult> results;
  private final StringBuilder out = new StringBuilder();

  Report(Collection<RunResult> results) {
    this.results = results;
  }

  String markdown() {
    line("");
    line("%s, %d CPUs, JDK %s".formatted(cpu(), Runtime.getRuntime().availableProcessors(),
        Runtime.version()));
    decisions();
    furtherVcpus();
    vmEntries();
    smallestChanges();
    of(ManyDecisions.class).forEach(this::manyDecisions);
    return out.toString();
  }

  private void decisions() {
    Map<Inputs, RunResult> copies = new EnumMap<>(Inputs.class);
    of(PageCopy.class).forEach(copy -> copies.put(inputs(copy), copy));
    line("");
    line(
        "| decision | vCPUs reached | ns, median (min to max) | B allocated | KiB/s allocated | of two page copies |");
    line("|---|--:|--:|--:|--:|--:|");
    of(EligibleFlush.class)
        .forEach(
            flush -> {
              @Nullable RunResult copy = vcpus(flush).equals("1") ? copies.get(inputs(flush)) : null;
              row(inputs(flush).title(), vcpus(flush), flush, copy);
            });
    of(RecordedExit.class)
        .forEach(exit -> row(inputs(exit).title(), "as recorded", exit, copies.get(inputs(exit))));
    of(PageCopy.class)
        .forEach(copy -> row("*two copies of its page: " + inputs(copy).title() + "*", "", copy, null));
  }

  private void row(String title, String vcpus, RunResult result, @Nullable RunResult copy) {
    line(
        "| %s | %s | %.1f (%.1f to %.1f) | %.3f | %.1f | %s |"
            .formatted(
                title,
                vcpus,
                score(result),
                result.getPrimaryResult().getStatistics().getMin(),
                result.getPrimaryResult().getStatistics().getMax(),
                gc(result, "gc.alloc.rate.norm"),
                gc(result, "gc.alloc.rate") * KIB_PER_MIB,
                copy == null ? "" : "**%.2f**".formatted(score(result) / score(copy))));
  }

  private void furtherVcpus() {
    Map<Inputs, List<RunResult>> byInputs = new EnumMap<>(Inputs.class);
    of(EligibleFlush.class)
        .forEach(result -> byInputs.computeIfAbsent(inputs(result), i -> new ArrayList<>()).add(result));
    line("");
    line("| decision | ns per further vCPU |");
    line("|---|---|");
    byInputs.forEach((inputs, results) -> line("| %s | %s |".formatted(inputs.title(), slopes(results))));
  }

  /** The results come in the order of the parameter, ascending. */
  private static String slopes(List<RunResult> results) {
    StringJoiner slopes = new StringJoiner(", ");
    for (int i = 1; i < results.size(); i++) {
      RunResult fewer = results.get(i - 1);
      RunResult more = results.get(i);
      int further = Integer.parseInt(vcpus(more)) - Integer.parseInt(vcpus(fewer));
      double each = (score(more) - score(fewer)) / further;
      slopes.add("**%.2f** (%s to %s)".formatted(each, vcpus(fewer), vcpus(more)));
    }
    return slopes.toString();
  }

  private void vmEntries() {
    Map<String, RunResult> copies = new HashMap<>();
    of(VmEntries.class).filter(result -> isCopy(result)).forEach(copy -> copies.put(vectors(copy), copy));
    line("");
    line("| VM-entries | ns, median (min to max) | B allocated | page copies |");
    line("|---|--:|--:|--:|");
    of(VmEntries.class)
        .filter(result -> !isCopy(result))
        .forEach(
            result -> {
              @Nullable RunResult copy = copies.get(vectors(result));
              line(
                  "| `%s` | %.1f (%.1f to %.1f) | %.3f | %s |"
                      .formatted(
                          vectors(result),
                          score(result),
                          result.getPrimaryResult().getStatistics().getMin(),
                          result.getPrimaryResult().getStatistics().getMax(),
                          gc(result, "gc.alloc.rate.norm"),
                          copy == null ? "" : "**%.1f**".formatted(score(result) / score(copy))));
            });
  }

  private void smallestChanges() {
    line("");
    line("| smallest changes | ms, median | 99 % | at most |");
    line("|---|--:|--:|--:|");
    of(SmallestChanges.class)
        .forEach(
            result -> {
              Statistics times = result.getPrimaryResult().getStatistics();
              line(
                  "| `%s` | %.2f | %.2f | **%.2f** |"
                      .formatted(
                          vectors(result),
                          times.getPercentile(MEDIAN) / MICROS_PER_MILLI,
                          times.getPercentile(ALMOST_ALL) / MICROS_PER_MILLI,
                          times.getMax() / MICROS_PER_MILLI));
            });
  }

  private static boolean isCopy(RunResult result) {
    return result.getParams().getBenchmark().endsWith(".pageCopy");
  }

  private static String vectors(RunResult result) {
    return result.getParams().getParam("vectors");
  }

  private void manyDecisions(RunResult result) {
    BenchmarkResult fork = result.getBenchmarkResults().iterator().next();
    List<Double> scores = fork.getIterationResults().stream().map(Report::score).toList();
    int ends = Math.min(AT_EITHER_END, scores.size());
    line("");
    line(
        ("%,d routed exits, one after the other, in %d iterations:"
            + " median %.1f ns each in the first %d, %.1f ns in the last %d.")
            .formatted(
                fork.getMetadata().getMeasurementOps(),
                scores.size(),
                median(scores.subList(0, ends)),
                ends,
                median(scores.subList(scores.size() - ends, scores.size())),
                ends));
  }

  private Stream<RunResult> of(Class<?> benchmark) {
    return results.stream()
        .filter(result -> result.getParams().getBenchmark().startsWith(benchmark.getName() + "."));
  }

  private static Inputs inputs(RunResult result) {
    return Inputs.valueOf(result.getParams().getParam("inputs"));
  }

  private static String vcpus(RunResult result) {
    return result.getParams().getParam("vcpus");
  }

  /** The median of the iterations: other work on the machine spoils a mean. */
  private static double score(RunResult result) {
    return result.getPrimaryResult().getStatistics().getPercentile(MEDIAN);
  }

  private static double score(IterationResult iteration) {
    return iteration.getPrimaryResult().getScore();
  }

  private static double median(List<Double> scores) {
    return new ListStatistics(scores.stream().mapToDouble(Double::doubleValue).toArray())
        .getPercentile(MEDIAN);
  }

  private static double gc(RunResult result, String figure) {
    return Objects.requireNonNull(result.getSecondaryResults().get(figure), figure).getScore();
  }

  private static String cpu() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown CPU");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
