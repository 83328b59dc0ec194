package io.vmxdecision.app.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.SmallSendBuffers;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.SlowClients;
import io.vmxdecision.app.support.SlowClients.Kind;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/** A service that parts with slow clients soon. */
@RunningService
@Import(SmallSendBuffers.class)
@TestPropertySource(properties = {
  "vmx-decision.clients.patience=2s",
  "server.tomcat.keep-alive-timeout=2s",
  "vmx-decision.overload.streams=3",
})
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SlowClientsTest {
  private static final int CLIENTS = 50;
  private static final String STREAM = "/v1/decisions/stream";
  private static final String LINE = SampleRequest.flush() + "\n";

  private final int port;
  private final MeterRegistry meters;

  @Autowired
  SlowClientsTest(@LocalServerPort int port, MeterRegistry meters) {
    this.port = port;
    this.meters = meters;
  }

  @Test
  void clientsThatAreSlowAreGoneThoughTheyNeverFallSilent() throws IOException, InterruptedException {
    Set<Kind> kinds = EnumSet.complementOf(EnumSet.of(Kind.STREAM, Kind.READER));
    try (SlowClients slow = new SlowClients()) {
      for (Kind kind : kinds) {
        slow.connect(port, kind, CLIENTS);
      }
      while (kinds.stream().anyMatch(kind -> slow.left(kind) > 0)) {
        slow.tick();
        Thread.sleep(50); // a byte each 50 ms
      }
    }
    awaitNothingInFlight();
    new ServiceClient(port).decide(LINE).ok();
  }

  @Test
  void aClientThatReadsSlowlyDoesNotGetItsAnswerToTheEnd() throws IOException, InterruptedException {
    try (SlowClients slow = new SlowClients()) {
      slow.connect(port, Kind.READER, CLIENTS);
      while (slow.answered(Kind.READER) < CLIENTS) {
        slow.tick();
        Thread.sleep(5);
      }
      assertThat(gauge("vmx.request.bytes.in.flight")).isPositive();
      while (gauge("vmx.request.bytes.in.flight") > 0) {
        slow.tick();
        Thread.sleep(50);
      }
      while (slow.left(Kind.READER) > 0) {
        slow.readAll();
      }
      long whole =
          new ServiceClient(port)
              .post("/v1/decisions/batch?explain=true&include=evmcsPage",
                  BodyPublishers.ofString(SlowClients.BATCH))
              .ok()
              .body()
              .length();
      assertThat(slow.mostReceived()).isLessThan(whole);
    }
  }

  private void awaitNothingInFlight() throws InterruptedException {
    while (gauge("vmx.requests.in.flight") + gauge("vmx.request.bytes.in.flight") > 0) {
      Thread.sleep(5);
    }
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  /** Within the patience, to which half of {@code server.tomcat.connection-timeout} is generous. */
  @Test
  void aConnectionThatSendsNothingIsGone() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000 / 2); // half of server.tomcat.connection-timeout
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aBodyThatComesTooSlowlyIsAProblem() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(("POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          + "Content-Length: 100\r\n\r\n{").getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 408 ")
          .contains("Content-Type: application/problem+json", "Connection: close",
              "urn:vmx-decision:problem:request-timeout");
    }
  }

  @Test
  void aStreamThatIsSlowLosesItsPlaceToOneThatComesAndNotBefore()
      throws IOException, InterruptedException {
    try (SlowClients slow = new SlowClients(); StreamClient busy = open()) {
      busy.send(LINE);
      busy.readLine();
      slow.connect(port, Kind.STREAM, 2);
      byte[] lines = LINE.repeat(100).getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 30; i++) {
        slow.tick();
        busy.send(lines);
        for (int answer = 0; answer < 100; answer++) {
          busy.readLine();
        }
        Thread.sleep(100);
      }
      assertThat(slow.left(Kind.STREAM)).as("nobody wanted their places").isEqualTo(2);
      try (StreamClient first = open(); StreamClient second = open()) {
        for (StreamClient stream : List.of(first, second, busy)) {
          stream.send(LINE);
          assertThat(stream.readLine()).contains("\"handledBy\":\"L0\"");
        }
        while (slow.left(Kind.STREAM) > 0) {
          slow.tick();
          Thread.sleep(5);
        }
      }
    }
  }

  private StreamClient open() throws IOException {
    return new StreamClient(port, STREAM, "application/x-ndjson");
  }
}
