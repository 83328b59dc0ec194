package io.vmxdecision.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "server.address=127.0.0.1",
      // Only what a client marks as sampled.
      "management.tracing.sampling.probability=0",
      "management.opentelemetry.tracing.export.schedule-delay=10ms"
    })
@Import(TracingTest.Broken.class)
@ExtendWith(OutputCaptureExtension.class)
class TracingTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String LATER_TRACE = "5bd66ef5095369c7b0d1f8f4bd33716a";
  private static final String SAMPLED = "00-" + TRACE + "-b7ad6b7169203331-01";
  private static final Collector COLLECTOR = new Collector();

  private final ServiceClient service;

  TracingTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @DynamicPropertySource
  static void endpoint(DynamicPropertyRegistry properties) {
    properties.add(
        "management.opentelemetry.tracing.export.otlp.endpoint", COLLECTOR::endpoint);
  }

  @AfterAll
  static void stopTheCollector() {
    COLLECTOR.close();
  }

  @Test
  void aSampledTraceOfAClientGoesOnAndIsExported() {
    decide(SAMPLED);
    String trace =
        new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1);
    assertThat(COLLECTOR.next(120)).contains(trace, "http post /v1/decisions");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "not a trace", ""
  })
  void whatIsNotSampledOrNoTraceContextIsAnsweredAndNotExported(String traceparent) {
    decide(traceparent);
    decide(SAMPLED.replace(TRACE, LATER_TRACE));
    String later = new String(HexFormat.of().parseHex(LATER_TRACE), StandardCharsets.ISO_8859_1);
    assertThat(COLLECTOR.next(120)).as("the first export has the later request alone")
        .contains(later)
        .containsOnlyOnce("http post /v1/decisions");
  }

  @Test
  void aLineOfTheLogHasTheTraceIdOfItsRequestAndWhereTheFaultIs(CapturedOutput log) {
    service.send(service.request("/broken").header("traceparent", SAMPLED).GET()).problem(500);
    // What was exported is not of interest here, but would be to the next test.
    assertThat(COLLECTOR.next(120)).isNotNull();
    String line =
        log.getOut().lines().filter(l -> l.contains("A request failed")).findFirst().orElseThrow();
    assertThat(line).contains(TRACE, " ERROR ", "TracingTest$Broken.fail");
    assertThat(line).as("what an exception says may be a request's").doesNotContain("broken by the test");
  }

  private void decide(String traceparent) {
    service
        .send(
            service
                .request(ServiceClient.DECISIONS)
                .header("Content-Type", "application/json")
                .header("traceparent", traceparent)
                .POST(BodyPublishers.ofString(SampleRequest.flush().toString())))
        .ok();
  }

  @TestConfiguration
  @RestController
  static class Broken {
    @GetMapping("/broken")
    String fail() {
      throw new IllegalStateException("broken by the test");
    }
  }
}
