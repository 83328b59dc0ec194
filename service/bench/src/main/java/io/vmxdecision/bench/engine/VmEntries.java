package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.entry.RecordedEntry;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import java.util.concurrent.TimeUnit;
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

/** VM-entries just as they were recorded, all their checks; and the yardstick, one copy of a page each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class VmEntries {
  /** {@code entry}: with an eVMCS. {@code entry-vmcs}: with an ordinary VMCS. */
  @Param({"entry", "entry-vmcs"}) private String vectors = "entry";

  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryDecision decision = new VmEntryDecision();
  private final byte[] scratch = new byte[PageView.PAGE_BYTES];
  private VmEntry[] entries = {};
  private byte[][] pages = {};
  private int next;

  @Setup
  public void fill() {
    entries = RecordedEntry.all(vectors).stream().map(RecordedEntry::entry).toArray(VmEntry[]::new);
    pages = new byte[entries.length][PageView.PAGE_BYTES];
  }

  private int next() {
    next = next + 1 == entries.length ? 0 : next + 1;
    return next;
  }

  /** The decision is for JMH to consume, lest the compiler drop the work. */
  @Benchmark
  public VmEntryDecision decide() {
    engine.decide(entries[next()], decision);
    return decision;
  }

  @Benchmark
  public byte[] pageCopy() {
    System.arraycopy(pages[next()], 0, scratch, 0, PageView.PAGE_BYTES);
    return scratch;
  }
}
