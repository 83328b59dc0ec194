package io.vmxdecision.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;

/** Snapshots are a guest's memory: nothing of a request is in the log, whatever it ends with. */
@RunningService
@DirtiesContext // Tomcat tells of some faults once a day: of those that this test makes, it has to be the first
@ExtendWith(OutputCaptureExtension.class)
class SilentLogTest {
  private static final String CANARY = "c4n4ry";

  private final int port;
  private final ServiceClient service;

  SilentLogTest(@LocalServerPort int port) {
    this.port = port;
    this.service = new ServiceClient(port);
  }

  @Test
  void nothingOfARequestIsLoggedHoweverItFails(CapturedOutput log) throws IOException {
    String good = SampleRequest.flush().toString();
    for (String path : List.of(
        "/v1/decisions", "/v1/decisions/batch", "/v1/decisions/stream", "/v1/decisions/pages",
        "/v1/evmcs/decode",
        "/v1/evmcs/encode", "/v1/evmcs/diff", "/v1/evmcs/check", "/v1/rules", "/" + CANARY, "/v1/" + CANARY,
        "/v1/exit-reasons/" + CANARY, "/actuator/health", "/actuator/" + CANARY, "/v3/api-docs")) {
      for (String body : List.of(
          CANARY, "{\"" + CANARY, "{\"" + CANARY + "\":1}", "[\"" + CANARY + "\"]",
          good.replace("0x12", CANARY), good.replace("\"0x1\"", "\"" + CANARY + "\""),
          good.replaceFirst("\\{", "{\"id\":\"" + CANARY + "\",\"profile\":\"" + CANARY + "\","))) {
        for (String type : List.of(
            "application/json", "application/x-ndjson", "application/vnd.vmx-decision.v1+sbe",
            "application/octet-stream", "multipart/form-data; boundary=" + CANARY, "text/" + CANARY,
            CANARY)) {
          for (String method : List.of("POST", "PUT")) {
            service.send(
                service
                    .request(path + "?explain=" + CANARY + "&include=" + CANARY + "&" + CANARY
                        + "=%zz".replace("%", "%25"))
                    .header("Content-Type", type)
                    .header("Accept", CANARY + "/" + CANARY)
                    .header("Cookie", CANARY + "=\"; =" + CANARY + "; $Version=" + CANARY)
                    .header("Authorization", "Bearer " + CANARY)
                    .header("X-Forwarded-For", CANARY)
                    .header(CANARY, CANARY)
                    .method(method, BodyPublishers.ofString(body)));
          }
        }
      }
    }
    service.decide(good.replace("\"tlbLockCount\"", "\"" + CANARY + "\"")).problem(400);
    Form.send(service, ServiceClient.PAGES, new Form()
        .part("form-data; name=\"" + CANARY + "\"; filename=\"=?UTF-8?B?" + CANARY + "?=\"", CANARY,
            CANARY.getBytes(StandardCharsets.US_ASCII))
        .closed());
    String post =
        "POST /v1/decisions?" + CANARY + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for (String request : List.of(
        CANARY + "\r\n\r\n",
        "GET /[" + CANARY + "] HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /" + CANARY + "%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/../" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /v1/rules/../../" + CANARY + "/..%2f;" + CANARY
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        CANARY + " /v1/rules HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        CANARY + " /" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /swagger-ui/../" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /swagger-ui/" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /swagger-ui/..%5c" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /%252e%252e/" + CANARY + "/%2e%2e/WEB-INF/" + CANARY
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /swagger-ui/%252e%252e/" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /file:" + CANARY + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /" + CANARY + "%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/rules?" + CANARY + "=%zz&%zz=" + CANARY
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /v1/exit-reasons/" + CANARY + "%ff?explain=%ff" + CANARY
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/" + CANARY + "\r\nHost: x\r\n\r\n",
        "G[T" + CANARY + " / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: " + CANARY + "/\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + CANARY + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + CANARY + "[]: " + CANARY + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: " + CANARY + "\0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: " + CANARY.repeat(2000) + "\r\n\r\n",
        "GET /" + CANARY.repeat(2000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + ("X: " + CANARY + "\r\n").repeat(200) + "\r\n",
        "GET /v1/rules?" + (CANARY + "=1&").repeat(500) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        post.replace("?", "?explain=%zz" + CANARY + "&") + "Connection: close\r\nContent-Length: 2\r\n\r\n{}",
        post + "Content-Length: " + CANARY + "\r\n\r\n",
        post + "Content-Length: 6\r\nX: " + CANARY.repeat(2000) + "\r\n\r\n" + CANARY,
        post + "Transfer-Encoding: " + CANARY + "\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n" + CANARY + "\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n6;" + CANARY.repeat(2000) + "\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n6\r\n" + CANARY + "\r\n0\r\n" + CANARY + "\r\n\r\n",
        post + "Content-Encoding: " + CANARY + "\r\nConnection: close\r\nContent-Length: 6\r\n\r\n" + CANARY,
        post + "Expect: " + CANARY + "\r\nConnection: close\r\nContent-Length: 6\r\n\r\n" + CANARY)) {
      exchange(request);
    }
    for (String broken : List.of(post + "Content-Length: 60\r\n\r\n{\"" + CANARY, post + "X: " + CANARY)) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.getOutputStream().write(broken.getBytes(StandardCharsets.ISO_8859_1));
        socket.setSoLinger(true, 0); // a reset
      }
    }
    service.decide(good).ok();
    assertThat(log.getAll()).doesNotContainIgnoringCase(CANARY);
    assertThat(log.getAll()).as("faults of requests are no faults of the service")
        .doesNotContain("ERROR", "WARN");
  }

  private void exchange(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getInputStream().readAllBytes();
    } catch (java.net.SocketException e) {
      // Reset, for what was sent in vain.
    }
  }
}
