package io.vmxdecision.app.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ConfigurableApplicationContext;

@RunningService
@ExtendWith(OutputCaptureExtension.class)
class FrontDoorTest {
  private final int port;
  private final ConfigurableApplicationContext context;

  @Autowired
  FrontDoorTest(@LocalServerPort int port, ConfigurableApplicationContext context) {
    this.port = port;
    this.context = context;
  }

  @Test
  void aBrowserGetsTheExplorer() {
    ServiceClient service = new ServiceClient(port);
    String accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    Answer page = service.send(service.request("/").header("Accept", accept).GET()).ok();
    assertThat(page.body()).contains("/explorer/app.js");
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.header("Vary")).contains("Accept");
    assertThat(service.get("/explorer/app.js").ok().header("Content-Type")).startsWith("text/javascript");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "*/*"})
  void whoIsNoBrowserIsLedToThePageOfTheApi(String accept) throws IOException, InterruptedException {
    ServiceClient service = new ServiceClient(port);
    try (HttpClient client = HttpClient.newHttpClient()) { // which follows no redirect
      HttpResponse<String> answer =
          client.send(service.request("/").header("Accept", accept).build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(302);
      assertThat(answer.headers().firstValue("Location").orElse("")).endsWith("/swagger-ui.html");
    }
  }

  @Test
  void theLogSaysInALineToReadWhichAddressToOpen(CapturedOutput log) {
    new FrontDoor()
        .started(
            new ApplicationReadyEvent(
                new SpringApplication(), new String[0], context, Duration.ZERO));
    assertThat(log.getAll())
        .containsPattern(
            "(?m)^\\d{4}-\\d\\d-\\d\\dT.* INFO .*: Open http://localhost:" + port + "/ in a browser$");
  }
}
