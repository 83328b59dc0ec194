package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class RecordedCasesTest {
  private final ServiceClient service;

  RecordedCasesTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvSource({
    "/vectors/l2-flush.ndjson.gz, 1000",
    "/vectors/ineligible.ndjson.gz, 200",
    "/vectors/l1-flush.ndjson.gz, 200",
    "/vectors/routing.ndjson.gz, 600",
    "/captures/real-run.ndjson, 3"
  })
  void recordedCasesAreAnsweredAsTheyWereRecorded(String resource, int count)
      throws JSONException {
    List<JsonNode> cases = RecordedLines.of(resource);
    assertThat(cases).hasSize(count);
    for (JsonNode one : cases) {
      // Extra properties are fine, arrays have to match whole and in order.
      JSONAssert.assertEquals(
          one.path("id").asString(),
          one.path("expect").toString(),
          service.decide(one.path("request").toString()).ok().body(),
          JSONCompareMode.STRICT_ORDER);
    }
  }

  @Test
  void thePageAfterTheWritesIsThePageGivenWithTheWritesCarriedOut() {
    int pages = 0;
    for (JsonNode one : RecordedLines.of("/vectors/routing.ndjson.gz")) {
      JsonNode request = one.path("request");
      JsonNode answer =
          service.post("/v1/decisions?include=evmcsPage", BodyPublishers.ofString(request.toString())).ok()
              .json();
      assertThat(answer.has("evmcsPage")).isEqualTo(answer.has("evmcsWrites"));
      if (answer.has("evmcsPage")) {
        EnlightenedVmcs page = new EnlightenedVmcs();
        byte[] bytes = Base64.getDecoder().decode(request.path("snapshot").path("evmcs").asString());
        page.wrap(bytes, 0);
        for (JsonNode write : answer.path("evmcsWrites")) {
          EvmcsField field = Objects.requireNonNull(EvmcsField.of(write.path("field").asString()));
          assertThat(page.value(field)).isEqualTo(Word64.parse(write.path("before").asString()).value());
          page.value(field, Word64.parse(write.path("after").asString()).value());
        }
        assertThat(Base64.getDecoder().decode(answer.path("evmcsPage").asString())).isEqualTo(bytes);
        pages++;
      }
    }
    assertThat(pages).isEqualTo(351); // the cases of the 600 that L1 gets
  }
}
