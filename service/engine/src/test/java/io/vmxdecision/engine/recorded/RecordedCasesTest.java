package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import java.util.List;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;

/** Every recorded case, one snapshot, exit and decision reused for all of them. */
class RecordedCasesTest {
  private final DecisionEngine engine = new DecisionEngine();
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final Decision decision = new Decision();

  @ParameterizedTest
  @CsvSource({
    "/vectors/l2-flush.ndjson.gz, 1000",
    "/vectors/ineligible.ndjson.gz, 200",
    "/vectors/l1-flush.ndjson.gz, 200",
    "/vectors/routing.ndjson.gz, 600"
  })
  void theEngineDecidesARecordedCaseAsItWasRecorded(String resource, int count)
      throws JSONException {
    List<RecordedCase> cases = RecordedCase.all(resource);
    assertThat(cases).hasSize(count);
    for (RecordedCase one : cases) {
      decideAndCompare(one);
    }
  }

  @Test
  void theEngineDecidesTheExitsOfARealRunAsTheKernelDid() throws JSONException {
    List<RecordedCase> cases = RecordedCase.all("/captures/real-run.ndjson");
    assertThat(cases).hasSize(3);
    for (RecordedCase one : cases) {
      decideAndCompare(one);
    }
  }

  private void decideAndCompare(RecordedCase one) throws JSONException {
    one.fill(snapshot, exit);
    engine.decide(snapshot, exit, decision);
    assertThat(decision.outcome()).as(one.id()).isEqualTo(Outcome.DECIDED);
    // Extra properties are fine, arrays have to match whole and in order.
    JSONAssert.assertEquals(
        one.id(),
        one.expect().toString(),
        DecisionJson.of(snapshot, exit, decision),
        JSONCompareMode.STRICT_ORDER);
  }
}
