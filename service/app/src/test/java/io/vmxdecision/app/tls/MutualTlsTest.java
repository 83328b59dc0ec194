package io.vmxdecision.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.support.Certificate;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SecretFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** A service that asks its clients for certificates; and its management port, which has TLS and does not. */
@RunningService
@TestPropertySource(properties = {
  "server.ssl.client-auth=need",
  "management.server.port=0",
  "management.server.ssl.bundle=server",
})
class MutualTlsTest {
  private static final Certificate SERVER = Certificate.of("server");
  private static final Certificate CLIENT = Certificate.of("client");
  private static final SecretFolder SECRET = SecretFolder.with(SERVER);

  private final int port;
  private final int managementPort;

  MutualTlsTest(@LocalServerPort int port, @LocalManagementPort int managementPort) {
    this.port = port;
    this.managementPort = managementPort;
  }

  @DynamicPropertySource
  static void tls(DynamicPropertyRegistry properties) throws IOException, GeneralSecurityException {
    for (String property : SECRET.properties()) {
      String[] parts = property.split("=", 2);
      properties.add(parts[0], () -> parts[1]);
    }
    Path trusted = SECRET.file("clients.crt", CLIENT.certificatePem());
    properties.add("spring.ssl.bundle.pem.server.truststore.certificate", () -> "file:" + trusted);
  }

  @Test
  void aClientWithACertificateThatIsTrustedIsAnswered() throws Exception {
    assertThat(get(SERVER.trustAs(CLIENT), port, "/v1/rules")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aClientWithoutOneIsNot() throws Exception {
    assertThatThrownBy(() -> get(SERVER.trust(), port, "/v1/rules")).isInstanceOf(IOException.class);
    SSLContext stranger = SERVER.trustAs(Certificate.of("client"));
    assertThatThrownBy(() -> get(stranger, port, "/v1/rules")).isInstanceOf(IOException.class);
    assertThat(get(SERVER.trustAs(CLIENT), port, "/v1/rules")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void theManagementPortHasTlsOfItsOwn() throws Exception {
    assertThat(get(SERVER.trust(), managementPort, "/actuator/health/liveness"))
        .startsWith("HTTP/1.1 200 ")
        .contains("\r\nStrict-Transport-Security: ");
  }

  private static String get(SSLContext context, int port, String path) throws IOException {
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.getOutputStream()
          .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (answer.isEmpty()) {
        throw new IOException("closed without an answer");
      }
      return answer;
    }
  }
}
