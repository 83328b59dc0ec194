package io.vmxdecision.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** A second service: with limits and a management port of its own. */
@RunningService
@TestPropertySource(properties = {
  "vmx-decision.limits.body=1KB",
  "vmx-decision.limits.vcpus=2",
  "vmx-decision.limits.memory-regions=1",
  "vmx-decision.limits.translations=0",
  "management.server.port=0"
})
class ConfiguredServiceTest {
  private final ServiceClient service;
  private final ServiceClient management;

  ConfiguredServiceTest(@LocalServerPort int port, @LocalManagementPort int managementPort) {
    this.service = new ServiceClient(port);
    this.management = new ServiceClient(managementPort);
  }

  @Test
  void aBodyMayHaveAsManyBytesAsConfigured() {
    String request = SampleRequest.flush().toString();
    String longest = request + " ".repeat(1024 - request.length());
    service.decide(longest).ok();
    assertThat(service.decide(longest + " ").problem(413).text("/detail"))
        .isEqualTo("The body is larger than 1024 bytes.");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      vcpus        | [{"vpIndex": 0}, {"vpIndex": 1}]
      memory       | [{"gpa": "0x1000", "bytes": "AA=="}]
      translations | []
      """)
  void asMuchAsConfiguredIsTakenAndOneMoreIsAFault(String property, String most) {
    SampleRequest full = SampleRequest.flush().with("/snapshot/" + property, most);
    service.decide(full.toString()).ok();
    String oneMore =
        most.equals("[]")
            ? "[{\"l2Gpa\": \"0x0\", \"l1Gpa\": \"0x0\"}]"
            : most.replace("]", "," + most.substring(1));
    assertThat(
        service.decide(full.with("/snapshot/" + property, oneMore).toString()).problem(400)
            .texts("/errors", "pointer"))
        .containsExactly("/snapshot/" + property);
  }

  @Test
  void theOpenApiDocumentTellsTheConfiguredLimits() {
    JsonNode snapshot =
        service.get("/v3/api-docs").ok().json().at("/components/schemas/Snapshot/properties");
    assertThat(snapshot.at("/vcpus/maxItems").asInt(-1)).isEqualTo(2);
    assertThat(snapshot.at("/memory/maxItems").asInt(-1)).isEqualTo(1);
    assertThat(snapshot.at("/translations/maxItems").asInt(-1)).isZero();
  }

  @Test
  void theActuatorHasAPortOfItsOwnWhenToldSo() {
    assertThat(management.get("/actuator/health/readiness").ok().text("/status")).isEqualTo("UP");
    assertThat(management.get("/actuator/prometheus").ok().body()).contains("jvm_memory_used_bytes");
    service.get("/actuator/health").problem(404);
    service.get("/actuator/prometheus").problem(404);
    assertThat(management.post(ServiceClient.DECISIONS, BodyPublishers.ofString("{}")).status())
        .isEqualTo(404);
  }
}
