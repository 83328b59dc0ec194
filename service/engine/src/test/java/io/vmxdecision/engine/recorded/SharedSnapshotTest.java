package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SharedSnapshotTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 500;

  private final RecordedCase recorded = RecordedCase.all("/vectors/l2-flush.ndjson.gz").getFirst();
  private final DecisionEngine engine = new DecisionEngine();
  private final Snapshot shared = new Snapshot();

  @Test
  void threadsThatShareASnapshotDecideAsOneAlone() {
    recorded.fill(shared, new VmExit());
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      VmExit exit = exit(0x1000L * i);
      String expected = decide(exit, new Decision());
      threads.add(CompletableFuture.runAsync(() -> repeat(exit, expected), r -> new Thread(r).start()));
    }
    threads.forEach(CompletableFuture::join);
    assertThat(decide(exit(0), new Decision())).isNotEqualTo(decide(exit(0x1000), new Decision()));
  }

  /** The recorded exit, with another RIP, so that threads that mixed up their registers would show. */
  private VmExit exit(long rip) {
    VmExit exit = new VmExit();
    recorded.fill(new Snapshot(), exit);
    exit.registers().rip(rip);
    return exit;
  }

  private void repeat(VmExit exit, String expected) {
    Decision decision = new Decision();
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(decide(exit, decision)).isEqualTo(expected);
    }
  }

  private String decide(VmExit exit, Decision decision) {
    engine.decide(shared, exit, decision);
    return DecisionJson.of(shared, exit, decision);
  }
}
