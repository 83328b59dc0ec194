package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.bytes.PageView;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The yardstick: copying the eVMCS pages of the same rings, each of them twice. */
public class PageCopy extends RingBenchmark {
  @Param({"SPACE_FAST", "SPACE_SLOW", "ROUTED"}) private Inputs inputs = Inputs.ROUTED;

  private final byte[] scratch = new byte[PageView.PAGE_BYTES];

  @Setup
  public void fill() {
    fill(inputs.ring(1));
  }

  @Benchmark
  public byte[] twice() {
    byte[] page = next().evmcsPage();
    System.arraycopy(page, 0, scratch, 0, PageView.PAGE_BYTES);
    System.arraycopy(page, 0, scratch, 0, PageView.PAGE_BYTES);
    return scratch;
  }
}
