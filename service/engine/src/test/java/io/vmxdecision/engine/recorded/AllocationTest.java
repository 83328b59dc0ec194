package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsEngine;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise of {@link DecisionEngine}: nothing is allocated per decision. */
class AllocationTest {
  private static final int ROUNDS = 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final DecisionEngine engine = new DecisionEngine();
  private final Decision decision = new Decision();
  private final TlfsDecision text = new TlfsDecision();

  private record Input(Snapshot snapshot, VmExit exit) {
    static Input of(RecordedCase recorded) {
      Input input = new Input(new Snapshot(), new VmExit());
      recorded.fill(input.snapshot, input.exit);
      return input;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"l2-flush", "ineligible", "l1-flush", "routing"})
  void noDecisionOnARecordedCaseAllocates(String vectors) {
    assertThat(allocated(vectors, (snapshot, exit) -> engine.decide(snapshot, exit, decision))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"l2-flush", "ineligible", "l1-flush", "profiles"})
  void noAnswerFromTheTextAllocates(String vectors) {
    assertThat(allocated(vectors, (snapshot, exit) -> TlfsEngine.decide(snapshot, exit, text))).isZero();
  }

  /** The bytes that deciding all cases of a file takes. */
  private long allocated(String vectors, BiConsumer<Snapshot, VmExit> decide) {
    List<Input> inputs =
        RecordedCase.all("/vectors/" + vectors + ".ndjson.gz").stream().map(Input::of).toList();
    // The first rounds link classes and let a table grow. What is allocated per decision shows in every
    // round, so the best one tells.
    long best = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < inputs.size(); i++) {
        Input input = inputs.get(i);
        decide.accept(input.snapshot, input.exit);
      }
      best = Math.min(best, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return best;
  }
}
