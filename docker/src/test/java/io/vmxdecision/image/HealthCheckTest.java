package io.vmxdecision.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthCheckTest {

  @Test
  void aServiceThatIsReadyHasNoFault() throws IOException {
    assertThat(faultOf("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")).isEmpty();
  }

  @Test
  void aServiceThatIsNotReadyIsNotHealthy() throws IOException {
    assertThat(faultOf("HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n"))
        .isEqualTo("not ready: HTTP/1.1 503 ");
  }

  @Test
  void aServiceThatAnswersNothingIsNotHealthy() throws IOException {
    assertThat(faultOf("")).isEqualTo("not ready: ");
  }

  @Test
  void aPortWithoutServiceIsNotHealthy() throws IOException {
    try (Socket taken = new Socket()) { // bound, so that nobody else listens there
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = taken.getLocalPort();
      assertThat(HealthCheck.fault(port)).startsWith("no answer from port " + port);
    }
  }

  @Test
  void thePortIsTheOneOfTheManagementIfItHasOne() {
    assertThat(HealthCheck.port(Map.of())).isEqualTo(8080);
    assertThat(HealthCheck.port(Map.of("SERVER_PORT", "9000"))).isEqualTo(9000);
    assertThat(HealthCheck.port(Map.of("SERVER_PORT", "9000", "MANAGEMENT_SERVER_PORT", "9001")))
        .isEqualTo(9001);
  }

  /** What the check says of a service that sends {@code answer}. */
  private static String faultOf(String answer) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answerOnce(server, answer));
      return HealthCheck.fault(server.getLocalPort());
    }
  }

  private static void answerOnce(ServerSocket server, String answer) {
    try (Socket client = server.accept()) {
      byte[] request = client.getInputStream().readNBytes(4);
      assertThat(request).asString(StandardCharsets.US_ASCII).isEqualTo("GET ");
      client.getInputStream().skipNBytes(client.getInputStream().available()); // or the end is a reset
      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
