package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.counterfactual.Counterfactuals;
import io.vmxdecision.engine.counterfactual.EntryCounterfactuals;
import io.vmxdecision.engine.counterfactual.Limits;
import io.vmxdecision.engine.counterfactual.Search;
import io.vmxdecision.engine.counterfactual.Verdict;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.RecordedEntry;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.recorded.RecordedCase;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The smallest changes that flip a recorded case, at the service's own limits. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SmallestChanges {
  private static final Limits LIMITS = new Limits(200, 100_000, 100);

  /** Exits and then VM-entries; each file goes round and round. */
  @Param({"l2-flush", "ineligible", "l1-flush", "routing", "entry", "entry-vmcs"}) private String vectors =
      "routing";

  private List<Supplier<Search>> searches = List.of();
  private int next;

  @Setup
  public void fill() {
    searches =
        vectors.startsWith("entry")
            ? RecordedEntry.all(vectors).stream().map(one -> ofEntry(one.entry())).toList()
            : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz").stream()
                .map(SmallestChanges::ofExit)
                .toList();
  }

  private static Supplier<Search> ofExit(RecordedCase recorded) {
    Snapshot snapshot = new Snapshot();
    VmExit exit = new VmExit();
    recorded.fill(snapshot, exit);
    return () -> Counterfactuals.search(
        Profile.DEFAULT,
        snapshot,
        exit,
        EnumSet.allOf(Verdict.class),
        LIMITS,
        (changes, flips, changed, of, decision) -> {});
  }

  private static Supplier<Search> ofEntry(VmEntry entry) {
    return () -> EntryCounterfactuals.search(
        entry, EnumSet.allOf(EntryOutcome.class), LIMITS, (changes, decision) -> {});
  }

  /** What was searched is for JMH to consume. */
  @Benchmark
  public Search search() {
    next = next + 1 == searches.size() ? 0 : next + 1;
    return searches.get(next).get();
  }
}
