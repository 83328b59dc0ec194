package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the benchmarks have in common: a ring of inputs, one engine, one decision, and for how long. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class RingBenchmark {
  private final DecisionEngine engine = new DecisionEngine();
  private final Decision decision = new Decision();

  @SuppressWarnings("NullAway.Init") // filled before JMH starts to measure
  private Ring ring;

  final void fill(Ring ring) {
    this.ring = ring;
  }

  final Input next() {
    return ring.next();
  }

  /** The decision is for JMH to consume, lest the compiler drop the work. */
  final Decision decideNext() {
    Input input = ring.next();
    engine.decide(input.snapshot(), input.exit(), decision);
    return decision;
  }
}
