package io.vmxdecision.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.support.Certificate;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SecretFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The service over TLS, with its certificate in files that change. */
@RunningService
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TlsTest {
  private static final String BODY = SampleRequest.flush().toString();

  private static final Certificate FIRST = Certificate.of("first");
  private static final SecretFolder SECRET = SecretFolder.with(FIRST);

  private final int port;

  TlsTest(@LocalServerPort int port) {
    this.port = port;
  }

  @DynamicPropertySource
  static void tls(DynamicPropertyRegistry properties) {
    for (String property : SECRET.properties()) {
      String[] parts = property.split("=", 2);
      properties.add(parts[0], () -> parts[1]);
    }
    properties.add("spring.ssl.bundle.watch.file.quiet-period", () -> "100ms");
  }

  @BeforeEach
  void theFirstCertificateIsThere() throws Exception {
    SECRET.put(FIRST);
    await(FIRST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aDecisionIsMadeOverTls(String protocol) throws Exception {
    try (SSLSocket socket = connect(FIRST.trust())) {
      socket.setEnabledProtocols(new String[]{protocol});
      assertThat(decide(socket))
          .startsWith("HTTP/1.1 200 ")
          .contains("\r\nStrict-Transport-Security: max-age=31536000\r\n", "\"handledBy\":\"L0\"");
    }
  }

  /** A ClientHello for TLS 1.1, which the JDK of the test would not send. */
  @Test
  void olderProtocolsAreRefused() throws IOException {
    byte[] hello = HexFormat.of().parseHex(
        "160302" + "002f" + "01" + "00002b" + "0302" + "00".repeat(32) + "00" + "0004" + "c009" + "c013"
            + "0100");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(hello);
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(answer).hasSizeGreaterThanOrEqualTo(7);
      assertThat(answer[0]).as("an alert").isEqualTo((byte) 21);
      assertThat(answer[6]).as("protocol_version").isEqualTo((byte) 70);
    }
  }

  @Test
  void plainHttpIsRefused() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream()
          .write("POST /v1/decisions HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
          .doesNotContain("200", "handledBy")
          .satisfiesAnyOf(
              answer -> assertThat(answer).startsWith("HTTP/1.1 400"),
              answer -> assertThat(answer).isEmpty());
    }
    await(FIRST);
  }

  @Test
  void anotherCertificateIsTakenWithoutAStartAndABrokenOneIsNot(CapturedOutput log) throws Exception {
    Certificate second = Certificate.of("second");
    try (SSLSocket open = connect(FIRST.trust())) {
      open.startHandshake();
      SECRET.put(second);
      await(second);
      assertThatThrownBy(() -> shake(FIRST)).isInstanceOf(SSLException.class);
      assertThat(decide(open)).as("over a connection from before").startsWith("HTTP/1.1 200 ");
    }
    for (String[] bad : new String[][]{
      {"no certificate", "no key"},
      {Certificate.of("third").certificatePem(), second.keyPem()}}) {
      int soFar = log.getAll().length();
      SECRET.put(bad[0], bad[1]);
      while (!log.getAll().substring(soFar).contains("ERROR")) {
        Thread.sleep(20); // the limit of this test ends it
      }
      shake(second);
    }
    assertThat(log.getAll()).doesNotContain("PRIVATE KEY");
    SECRET.put(FIRST);
    await(FIRST);
  }

  private void await(Certificate expected) throws Exception {
    while (true) {
      try {
        shake(expected);
        return;
      } catch (SSLException e) {
        Thread.sleep(10); // not yet
      }
    }
  }

  private void shake(Certificate expected) throws IOException, GeneralSecurityException {
    try (SSLSocket socket = connect(expected.trust())) {
      socket.startHandshake();
    }
  }

  private SSLSocket connect(SSLContext context) throws IOException {
    return (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
  }

  private static String decide(SSLSocket socket) throws IOException {
    socket.getOutputStream()
        .write(("POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Connection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
            .getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
