package io.vmxdecision.app.problem;

import static io.vmxdecision.app.support.ServiceClient.BATCH;
import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Numbers that no integer of the contract can be, however they are written. */
@RunningService
class HugeNumbersTest {
  private static final String GOOD = SampleRequest.flush().toString();

  private final ServiceClient service;

  HugeNumbersTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvSource({"1e19", "-1e19", "1E300", "9.3e18", "1e18", "1e400", "-1e400", "20000000000000000000", "1.5",
    "1.0",
    "1e-400"})
  void aNumberThatTheContractDoesNotWantIsAFaultAtItsPlace(String number) {
    String request =
        """
            {"snapshot": {"vcpu": NUMBER, "vcpus": [{"vpIndex": NUMBER}],
              "partitionAssist": {"tlbLockCount": NUMBER}, "registers": {"cpl": NUMBER}},
             "exit": {"reason": "0x1", "instructionLength": NUMBER}}"""
            .replace("NUMBER", number);
    JsonNode refused = service.post(DECISIONS, BodyPublishers.ofString(request)).problem(400).json();
    assertThat(refused.path("errors").size()).isPositive();
    assertThat(refused.path("errors").valueStream().map(one -> one.path("pointer").asString()))
        .isSubsetOf("/snapshot/vcpu", "/snapshot/vcpus/0/vpIndex", "/snapshot/partitionAssist/tlbLockCount",
            "/snapshot/registers/cpl", "/exit/instructionLength");

    JsonNode results =
        service
            .post(BATCH, BodyPublishers.ofString("{\"requests\":[%s,%s,%s]}".formatted(GOOD, request, GOOD)))
            .ok().json().path("results");
    assertThat(results.path(0).has("decision")).isTrue();
    assertThat(results.at("/1/problem/status").asInt()).isEqualTo(400);
    assertThat(results.path(2).has("decision")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1e19", "-1e19", "1e300", "20000000000000000000"})
  void allOfThemAreToldAtOnce(String number) {
    String request =
        "{\"snapshot\":{\"vcpu\":%1$s,\"registers\":{\"cpl\":%1$s}},\"exit\":{\"reason\":\"0x1\",\"instructionLength\":%1$s}}"
            .formatted(number);
    assertThat(
        service.post(DECISIONS, BodyPublishers.ofString(request)).problem(400).json().path("errors")
            .valueStream()
            .map(one -> one.path("pointer").asString()))
        .containsExactlyInAnyOrder("/snapshot/vcpu", "/snapshot/registers/cpl", "/exit/instructionLength");
  }
}
