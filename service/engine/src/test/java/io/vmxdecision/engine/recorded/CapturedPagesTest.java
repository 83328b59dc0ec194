package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Pages as a real L1 dumped them around a flush, on Linux 6.12 KVM. */
class CapturedPagesTest {
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final Decision decision = new Decision();

  @Test
  void theSyntheticExitChangesTheEvmcsPageExactlyAsTheKernelDid() throws IOException {
    byte[] page = decideOnPage("real-flush-synthetic-exit", "stage202");
    decision.exitToL1().evmcsWrites().applyTo(snapshot.evmcs());
    assertThat(page).isEqualTo(page("stage105"));
  }

  @Test
  void aFlushWithoutSyntheticExitLeavesTheEvmcsPageAsItWas() throws IOException {
    byte[] page = decideOnPage("real-flush-no-lock", "stage200");
    assertThat(decision.exitToL1().isPresent()).isFalse();
    assertThat(page).isEqualTo(page("stage201"));
  }

  /** Decides the recorded case, whose eVMCS has to be the page dumped at {@code stage}. */
  private byte[] decideOnPage(String id, String stage) throws IOException {
    RecordedCase recorded = RecordedCase.all("/captures/real-run.ndjson").stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow();
    recorded.fill(snapshot, exit);
    byte[] page = page(stage);
    String given = recorded.request().path("snapshot").path("evmcs").asString();
    assertThat(Base64.getDecoder().decode(given)).isEqualTo(page);
    snapshot.evmcs().wrap(page, 0);
    new DecisionEngine().decide(snapshot, exit, decision);
    return page;
  }

  private static byte[] page(String stage) throws IOException {
    String resource = "/captures/" + stage + "_evmcs.bin";
    try (InputStream in = Objects.requireNonNull(CapturedPagesTest.class.getResourceAsStream(resource))) {
      return in.readAllBytes();
    }
  }
}
