package io.vmxdecision.app.decision;

import static io.vmxdecision.app.support.Await.await;
import static io.vmxdecision.app.support.ServiceClient.BATCH;
import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RunningService
@ExtendWith(OutputCaptureExtension.class)
class BatchTest {
  private final ServiceClient service;
  private final MeterRegistry meters;

  @Autowired
  BatchTest(@LocalServerPort int port, MeterRegistry meters) {
    this.service = new ServiceClient(port);
    this.meters = meters;
  }

  @ParameterizedTest
  @CsvSource({
    "/vectors/l2-flush.ndjson.gz, ''",
    "/vectors/ineligible.ndjson.gz, ?explain=true",
    "/vectors/l1-flush.ndjson.gz, ?explain=true",
    "/vectors/routing.ndjson.gz, ?include=evmcsPage",
    "/captures/real-run.ndjson, ?explain=true&include=evmcsPage"
  })
  void recordedCasesAreDecidedInBatchesAsTheyAreAlone(String resource, String parameters) {
    List<JsonNode> requests =
        RecordedLines.of(resource).stream().map(one -> one.path("request")).toList();
    for (int from = 0; from < requests.size(); from += 200) {
      List<JsonNode> batch = requests.subList(from, Math.min(from + 200, requests.size()));
      JsonNode results = service.post(BATCH + parameters, body(batch)).ok().json().path("results");
      assertThat(results.size()).isEqualTo(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        BodyPublisher alone = BodyPublishers.ofString(batch.get(i).toString());
        assertThat(results.path(i).propertyNames()).containsExactly("decision");
        assertThat(results.path(i).path("decision"))
            .isEqualTo(service.post(DECISIONS + parameters, alone).ok().json());
      }
    }
  }

  @Test
  void eachDecisionAndEachProblemIsCounted() {
    JsonNode good = SampleRequest.flush().json();
    JsonNode bad = JsonMapper.shared().readTree("{}");
    double decided = count("vmx.decisions");
    double rejected = count("vmx.requests.rejected");
    service.post(BATCH, body(List.of(good, bad, good, good, bad))).ok();
    assertThat(count("vmx.decisions")).isEqualTo(decided + 3);
    assertThat(count("vmx.requests.rejected")).isEqualTo(rejected + 2);
  }

  /** Its answer has more than what lies between the two of them can hold. */
  @Test
  void aClientThatGoesAwayInTheMiddleIsNoFailure(CapturedOutput log) throws IOException {
    String request = SampleRequest.flush().toString();
    String body = "{\"requests\":[" + (request + ",").repeat(999) + request + "]}";
    String head =
        "POST " + BATCH + "?explain=true HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: " + body.length() + "\r\n\r\n";
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port()));
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
      socket.setSoLinger(true, 0); // resets the connection when it is closed
    }
    await("no request in flight", () -> meters.get("vmx.requests.in.flight").gauge().value() == 0);
    assertThat(log.getAll()).doesNotContain(" ERROR ");
  }

  private double count(String name) {
    return meters.get(name).counters().stream().mapToDouble(Counter::count).sum();
  }

  private static BodyPublisher body(List<JsonNode> requests) {
    return BodyPublishers.ofString(
        requests.stream().map(JsonNode::toString)
            .collect(Collectors.joining(",", "{\"requests\":[", "]}")));
  }
}
