package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.Await;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Clients of a stream that pause for longer than the service waits. */
@RunningService
@TestPropertySource(properties = "server.tomcat.connection-timeout=5s")
class ImpatientServiceTest {
  private static final String LINE = SampleRequest.flush() + "\n";

  private final int port;
  private final MeterRegistry meters;

  @Autowired
  ImpatientServiceTest(@LocalServerPort int port, MeterRegistry meters) {
    this.port = port;
    this.meters = meters;
  }

  @Test
  void aClientThatFallsSilentHasItsAnswersAndIsToldWhyThereAreNoMore() throws IOException {
    try (StreamClient stream = open()) {
      stream.send(LINE + LINE + LINE.substring(0, 40));
      List<String> answers = new String(stream.readAll(), StandardCharsets.UTF_8).lines().toList();
      assertThat(answers).hasSize(3);
      assertThat(answers.subList(0, 2))
          .allSatisfy(answer -> assertThat(answer).contains("\"handledBy\":\"L0\""));
      assertThat(answers.get(2)).contains("urn:vmx-decision:problem:request-timeout");
    }
    awaitNoStream();
  }

  @Test
  void aClientThatNeverReadsLosesItsPlace() throws IOException {
    try (StreamClient stream = open()) {
      byte[] lines = LINE.repeat(1000).getBytes(StandardCharsets.US_ASCII);
      assertThatThrownBy(() -> {
        while (true) { // until the service closes the connection
          stream.send(lines);
        }
      }).isInstanceOf(SocketException.class);
      awaitNoStream();
    }
    Await.await("it is counted, and not as a good answer", () -> meters.find("http.server.requests")
        .tags("uri", "/v1/decisions/stream", "status", "UNKNOWN", "outcome", "UNKNOWN").timer() != null);
  }

  private StreamClient open() throws IOException {
    return new StreamClient(port, "/v1/decisions/stream", "application/x-ndjson");
  }

  private void awaitNoStream() {
    Await.await("no stream is open", () -> meters.get("vmx.streams.in.flight").gauge().value() == 0);
  }
}
