package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Map.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** What browsers are told, whatever answers: the API, the actuator, Tomcat. */
@RunningService
@TestPropertySource(properties = "management.server.port=0")
class SecurityHeadersTest {
  private static final Map<String, String> OF_ALL =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cross-Origin-Opener-Policy", "same-origin");

  private final ServiceClient service;
  private final ServiceClient management;

  SecurityHeadersTest(@LocalServerPort int port, @LocalManagementPort int managementPort) {
    this.service = new ServiceClient(port);
    this.management = new ServiceClient(managementPort);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /v1/rules, 200", "GET, /v1/exit-reasons/x, 400", "GET, /v1/nothing, 404", "GET, /nothing, 404",
    "DELETE, /v1/rules, 405", "HEAD, /v1/rules, 200", "TRACE, /v1/rules, 405", "POST, /v1/decisions, 400",
    "POST,   /v1/decisions/stream, 200", "GET, /v3/api-docs, 200", "GET, /error, 404"
  })
  void whateverTheServiceAnswersHasThem(String method, String path, int status) {
    Answer answer =
        service.send(
            service.request(path)
                .header("Content-Type", path.endsWith("stream") ? "application/x-ndjson" : "application/json")
                .method(method, BodyPublishers.ofString("\n")));
    assertThat(answer.status()).isEqualTo(status);
    assertThatItIsData(answer);
  }

  @Test
  void aDecisionIsNotKeptByAnybody() {
    Answer answer = service.decide(SampleRequest.flush().toString()).ok();
    assertThatItIsData(answer);
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "NONSENSE\nConnection: close\n\n", "GET /[] HTTP/1.1\nHost: x\nConnection: close\n\n",
    "GET /v1/rules HTTP/1.1\nConnection: close\n\n", "GET /v1/%2e HTTP/1.1\nHost: a b\n\n"
  })
  void whatTomcatRefusesHasThem(String request) {
    assertThatItIsData(service.sendRaw(request).problem(400));
    assertThatItIsData(management.sendRaw(request).problem(400));
  }

  @Test
  void theManagementPortHasThem() {
    assertThatItIsData(management.get("/actuator/health").ok());
    assertThatItIsData(management.get("/actuator/prometheus").ok());
    assertThatItIsData(management.get("/actuator/env").problem(404));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/swagger-ui/index.html", "/swagger-ui/swagger-initializer.js", "/swagger-ui.html"})
  void thePageMayRunItsOwnScriptsAndNoOthers(String path) {
    Answer answer = service.get(path).ok();
    assertThatItHasThem(answer);
    assertThat(answer.header("Content-Security-Policy"))
        .isEqualTo(SecurityHeaders.PAGE_POLICY)
        .contains("script-src 'self';", "frame-ancestors 'none'");
    if (path.endsWith("html")) { // what the policy would not run is not there
      assertThat(answer.body()).doesNotContainPattern("<script[^>]*>\\s*[^<\\s]").doesNotContain("onload=",
          "http:");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/explorer/index.html", "/explorer/app.js", "/explorer/nothing"})
  void theExplorerMayRunItsOwnScriptsAndNothingInline(String path) {
    Answer answer = service.send(service.request(path).header("Accept", "text/html"));
    assertThatItHasThem(answer);
    assertThat(answer.header("Content-Security-Policy"))
        .isEqualTo(SecurityHeaders.EXPLORER_POLICY)
        .contains("script-src 'self';", "style-src 'self';")
        .doesNotContain("unsafe", "data:");
    assertThat(answer.header("Cache-Control")).contains("no-store");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/decisions", "/v1/rules", "/actuator/health", "/v3/api-docs"})
  void noOtherOriginIsLetIn(String path) {
    for (String origin : new String[]{"https://evil.test", "null"}) {
      Answer preflight =
          service.send(
              service.request(path)
                  .header("Origin", origin)
                  .header("Access-Control-Request-Method", "POST")
                  .header("Access-Control-Request-Headers", "content-type")
                  .method("OPTIONS", BodyPublishers.noBody()));
      assertThat(preflight.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
      Answer answer = service.send(service.request(path).header("Origin", origin));
      assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
    }
  }

  private static void assertThatItIsData(Answer answer) {
    assertThatItHasThem(answer);
    assertThat(answer.header("Content-Security-Policy")).isEqualTo(SecurityHeaders.POLICY);
    assertThat(answer.header("Cache-Control")).contains("no-store");
  }

  private static void assertThatItHasThem(Answer answer) {
    for (Entry<String, String> header : OF_ALL.entrySet()) {
      assertThat(answer.header(header.getKey())).as(header.getKey()).isEqualTo(header.getValue());
    }
    assertThat(answer.header("Strict-Transport-Security")).as("without TLS").isEmpty();
    assertThat(answer.header("Server")).isEmpty();
    assertThat(answer.header("X-Powered-By")).isEmpty();
    assertThat(answer.header("Set-Cookie")).isEmpty();
  }
}
