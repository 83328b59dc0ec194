package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.decision.Decision;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;

/** Routed exits for longer, to see whether the cost of a decision grows with the number of them. */
@Measurement(iterations = 20, time = 1)
public class ManyDecisions extends RingBenchmark {
  @Setup
  public void fill() {
    fill(Inputs.ROUTED.ring(1));
  }

  @Benchmark
  public Decision decide() {
    return decideNext();
  }
}
