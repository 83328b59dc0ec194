package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.decision.Decision;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Exits just as they were recorded. */
public class RecordedExit extends RingBenchmark {
  @Param({"INELIGIBLE", "ROUTED"}) private Inputs inputs = Inputs.ROUTED;

  @Setup
  public void fill() {
    fill(inputs.ring(1));
  }

  @Benchmark
  public Decision decide() {
    return decideNext();
  }
}
