package io.vmxdecision.app.server.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Certificate;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SecretFolder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** {@code kill -TERM} where the connections are TLS. */
class TlsShutdownTest {
  private static final String BODY = SampleRequest.flush().toString();

  @Test
  void whatIsUnderWayIsFinished() throws Exception {
    Certificate certificate = Certificate.of("service");
    SecretFolder secret = SecretFolder.with(certificate);
    String[] properties =
        Arrays.stream(secret.properties()).map(property -> "--" + property).toArray(String[]::new);
    try (ServiceProcess service = ServiceProcess.start(properties);
        SSLSocket slow =
            (SSLSocket) certificate.trust().getSocketFactory().createSocket("127.0.0.1", service.port());
        SSLSocket silent =
            (SSLSocket) certificate.trust().getSocketFactory().createSocket("127.0.0.1", service.port())) {
      assertThat(service.awaitLog(Pattern.compile("Open (\\S+) in a browser")))
          .isEqualTo("https://localhost:" + service.port() + "/");
      slow.setSoTimeout(180_000);
      silent.setSoTimeout(180_000);
      silent.startHandshake();
      send(slow, "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          + "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY.substring(0, 10));
      service.terminate();
      service.awaitLog(Pattern.compile("The port is closed after (\\d+) conn"));
      send(silent, "GET /actuator/health/readiness HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(new String(silent.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 503 ");
      send(slow, BODY.substring(10));
      assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 200 ")
          .contains("\"handledBy\":\"L0\"");
      assertThat(service.awaitExit(Duration.ofMinutes(3))).isEqualTo(128 + 15);
    }
  }

  private static void send(SSLSocket socket, String text) throws java.io.IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
