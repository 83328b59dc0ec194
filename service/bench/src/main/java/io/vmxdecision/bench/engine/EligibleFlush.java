package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.decision.Decision;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** An eligible flush, by call and by the number of vCPUs that it reaches. */
public class EligibleFlush extends RingBenchmark {
  @Param({"SPACE_FAST", "SPACE_SLOW", "LIST_FAST", "LIST_SLOW"}) private Inputs inputs = Inputs.SPACE_FAST;

  @Param({"1", "8", "64", "512", "4096"}) private int vcpus = 1;

  @Setup
  public void fill() {
    fill(inputs.ring(vcpus));
  }

  @Benchmark
  public Decision decide() {
    return decideNext();
  }
}
