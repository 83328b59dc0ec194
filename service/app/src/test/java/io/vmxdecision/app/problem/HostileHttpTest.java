package io.vmxdecision.app.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Requests that two servers on a way may understand in two ways, and those that are too much of something. */
@RunningService
class HostileHttpTest {
  private static final String BODY = SampleRequest.flush().toString();
  private static final String POST =
      "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final String GET = "GET /v1/rules HTTP/1.1\r\nHost: localhost\r\n";

  /** What must not be taken for a request of its own. */
  private static final String SMUGGLED = "GET /v1/exit-reasons/0x12 HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final int port;
  private final ServiceClient service;

  HostileHttpTest(@LocalServerPort int port) {
    this.port = port;
    this.service = new ServiceClient(port);
  }

  @AfterEach
  void aGoodRequestIsStillAnswered() {
    service.decide(BODY).ok();
  }

  @TestFactory
  Stream<DynamicTest> itIsRefusedAndNothingAfterItIsRead() {
    Map<String, String> requests = new LinkedHashMap<>();
    String length = "Content-Length: " + BODY.length() + "\r\n";
    requests.put("two lengths", POST + length + "Content-Length: 1\r\n\r\n" + BODY);
    requests.put("twice the same length", POST + length + length + "\r\n" + BODY);
    requests.put("two lengths in one", POST + "Content-Length: 1, 1\r\n\r\n1");
    requests.put("a length below 0", POST + "Content-Length: -1\r\n\r\n");
    requests.put("a length with a sign", POST + "Content-Length: +1\r\n\r\n1");
    requests.put("a length in hexadecimal", POST + "Content-Length: 0x1\r\n\r\n1");
    requests.put("a length past 64 bits", POST + "Content-Length: 18446744073709551617\r\n\r\n1");
    requests.put("a transfer encoding that is none", POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n");
    requests.put("chunks within gzip", POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n");
    requests.put("gzip within chunks", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    requests.put("chunks twice", POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n");
    requests.put("chunks in two headers",
        POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n");
    requests.put("a transfer encoding after a tab", POST + "Transfer-Encoding:\tx chunked\r\n\r\n0\r\n\r\n");
    requests.put("a transfer encoding with a vertical tab",
        POST + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n");
    requests.put("a space before the colon", POST + "Content-Length : 5\r\n\r\n");
    requests.put("a name that is none", GET + "X(y): z\r\n\r\n");
    requests.put("a header without a name", GET + ": z\r\n\r\n");
    requests.put("a header without a colon", GET + "nonsense\r\n\r\n");
    requests.put("a zero in a header", GET + "X: \0\r\n\r\n");
    requests.put("a carriage return alone", GET + "X: y\rZ: z\r\n\r\n");
    requests.put("two hosts", GET + "Host: other\r\n\r\n");
    requests.put("no host", "GET /v1/rules HTTP/1.1\r\n\r\n");
    requests.put("a host that is none", "GET /v1/rules HTTP/1.1\r\nHost: a/b\r\n\r\n");
    requests.put("a user in the host", "GET /v1/rules HTTP/1.1\r\nHost: a@b\r\n\r\n");
    requests.put("a port that is none", "GET /v1/rules HTTP/1.1\r\nHost: a:99999x\r\n\r\n");
    requests.put("another host in the target",
        "GET http://other/v1/rules HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("HTTP/3.0", "GET /v1/rules HTTP/3.0\r\nHost: localhost\r\n\r\n");
    requests.put("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    requests.put("a space in the target", "GET /v1/rules x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a fragment", "GET /v1/rules#x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a backslash", "GET /v1\\rules HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a slash in disguise", "GET /v1%2frules HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a zero in disguise", "GET /v1/rules%00 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a way out", "GET /v1/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("a tunnel", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
    requests.put("a method that is none", "G(T /v1/rules HTTP/1.1\r\nHost: localhost\r\n\r\n");
    requests.put("an expectation that is none", POST + length + "Expect: 200-ok\r\n\r\n" + BODY);
    requests.put("a target of 9,000 characters", "GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    requests.put("a query of 9,000 characters",
        "GET /v1/rules?" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    requests.put("a header of 9,000 characters", GET + "X: " + "x".repeat(9000) + "\r\n\r\n");
    requests.put("headers of 9,000 characters", GET + "X: 345678\r\n".repeat(900) + "\r\n");
    requests.put("101 headers", GET + "X: y\r\n".repeat(100) + "\r\n");
    String chunked = POST + "Transfer-Encoding: chunked\r\n\r\n";
    requests.put("a chunk without a length", chunked + "\r\n{}\r\n0\r\n\r\n");
    requests.put("a chunk whose length is none", chunked + "x\r\n{}\r\n0\r\n\r\n");
    requests.put("a chunk of 0x", chunked + "0x2\r\n{}\r\n0\r\n\r\n");
    requests.put("a chunk below 0", chunked + "-2\r\n{}\r\n0\r\n\r\n");
    requests.put("a chunk past 64 bits", chunked + "10000000000000002\r\n{}\r\n0\r\n\r\n");
    requests.put("a chunk longer than it says", chunked + "1\r\n{}\r\n0\r\n\r\n");
    requests.put("long chunk extensions", chunked + "2;" + "x".repeat(1000) + "\r\n{}\r\n0\r\n\r\n");
    requests.put("many chunk extensions",
        chunked + ("1;" + "x".repeat(200) + "\r\n \r\n").repeat(10) + "0\r\n\r\n");
    requests.put("long trailers", chunked + "2\r\n{}\r\n0\r\nX: " + "x".repeat(2000) + "\r\n\r\n");
    return requests.entrySet().stream()
        .map(request -> DynamicTest.dynamicTest(request.getKey(), () -> assertRefused(request.getValue())));
  }

  private void assertRefused(String request) throws IOException {
    String answers = exchange(request + SMUGGLED);
    assertThat(answers).doesNotContain("TLFS", "EXTERNAL", "handledBy", "Exception", "<");
    if (!answers.isEmpty()) {
      assertThat(answers)
          .matches("(?s)HTTP/1\\.1 4\\d\\d .*")
          .contains("Content-Type: application/problem+json\r\n", "urn:vmx-decision:problem:")
          .doesNotContainPattern("(?s)HTTP/1\\.1.*HTTP/1\\.1");
    }
  }

  /** RFC 9112 section 6.1: what is in chunks has no length, and the connection is not used again. */
  @Test
  void ofALengthAndChunksTheChunksCountAndNothingFollows() throws IOException {
    String answers = exchange(POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        + Integer.toHexString(BODY.length()) + "\r\n" + BODY + "\r\n0\r\n\r\n" + SMUGGLED);
    assertThat(answers).startsWith("HTTP/1.1 200 ").contains("handledBy", "Connection: close");
    assertThat(answers).doesNotContainPattern("(?s)HTTP/1\\.1.*HTTP/1\\.1");
  }

  /** RFC 9112 section 5.2: a line that begins with a space goes on with the header before it. */
  @Test
  void aLengthInAFoldedLineIsNone() throws IOException {
    assertThat(exchange(POST + " Content-Length: " + BODY.length() + "\r\nConnection: close\r\n\r\n" + BODY))
        .startsWith("HTTP/1.1 415 ");
  }

  @Test
  void whoAsksWhetherToGoOnIsToldSo() throws IOException {
    String answers = exchange(POST + "Connection: close\r\nExpect: 100-continue\r\nContent-Length: "
        + BODY.length() + "\r\n\r\n" + BODY);
    assertThat(answers).startsWith("HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 ");
  }

  @Test
  void whoAsksWhetherToGoOnIsNotInvitedToSendTooMuch() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream()
          .write((POST + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 413");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\n"})
  void noOtherProtocolIsSpoken(String upgrade) throws IOException {
    assertThat(exchange(GET + upgrade + "\r\n")).startsWith("HTTP/1.1 200 ").doesNotContain("HTTP/1.1 101");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "br", "identity, gzip", "nonsense"})
  void aBodyThatWouldHaveToBeUnpackedIsNotTaken(String encoding) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(new byte[16 << 20]);
    }
    for (String path : new String[]{ServiceClient.DECISIONS, "/v1/evmcs/decode", "/v1/decisions/stream"}) {
      assertThat(service.send(
          service.request(path)
              .header("Content-Type", path.endsWith("stream") ? "application/x-ndjson" : "application/json")
              .header("Content-Encoding", encoding)
              .POST(BodyPublishers.ofByteArray(packed.toByteArray())))
          .problem(415).text("/detail")).contains("Content-Encoding");
    }
  }

  @Test
  void parametersTooManyAreRefused() {
    service.post(ServiceClient.DECISIONS + "?" + "x=1&".repeat(100), BodyPublishers.ofString(BODY))
        .problem(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain=%zz", "%zz=true", "explain=%c3%28", "explain=%ff", "=&=&=",
    "explain=true&explain=true"})
  void parametersThatCannotBeDecodedAreNoFailureOfTheService(String query) throws IOException {
    assertThat(
        exchange(POST.replace(" HTTP/", "?" + query + " HTTP/") + "Connection: close\r\nContent-Length: "
            + BODY.length() + "\r\n\r\n" + BODY))
        .matches("(?s)HTTP/1\\.1 (200|400) .*");
  }

  /** All that comes until the service closes the connection, which it has to. */
  private String exchange(String request) throws IOException {
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getInputStream().transferTo(answers);
    } catch (SocketException e) {
      // Reset, for what was sent in vain.
    }
    return answers.toString(StandardCharsets.UTF_8);
  }
}
