package io.vmxdecision.app.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the actuator shows, and that there is no more of it, wherever it is. */
abstract class ClosedActuator {
  private final ServiceClient actuator;

  ClosedActuator(int port) {
    this.actuator = new ServiceClient(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"health", "health/liveness", "health/readiness"})
  void theServiceIsUp(String path) {
    assertThat(actuator.get("/actuator/" + path).ok().text("/status")).isEqualTo("UP");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "env", "beans", "heapdump", "threaddump", "configprops", "mappings", "loggers", "metrics",
    "shutdown", "logfile", "conditions", "scheduledtasks", "info", "sbom", "startup", "caches",
    "httpexchanges",
    "health/overload", "health/diskSpace", "prometheus/jvm_memory_used_bytes", "%2e%2e/actuator/env", ""
  })
  void nothingElseOfTheActuatorIsExposed(String path) {
    actuator.get("/actuator/" + path).problem(404);
  }

  @Test
  void whatThereIsIsNotListed() {
    actuator.get("/actuator").problem(404);
    assertThat(actuator.get("/").body()).doesNotContain("actuator/"); // nothing, or the page of the API
    actuator.get("/nothing").problem(404);
    actuator.get("/error").problem(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"health", "health/liveness", "health/readiness"})
  void healthIsOneWordWithoutDetails(String path) {
    assertThat(actuator.get("/actuator/" + path).ok().json().propertyNames())
        .isSubsetOf("status", "groups");
  }

  @ParameterizedTest
  @CsvSource({"POST, health", "POST, prometheus", "DELETE, health", "PUT, health/liveness",
    "PATCH, prometheus"})
  void theActuatorIsOnlyRead(String method, String path) {
    actuator
        .send(actuator.request("/actuator/" + path).method(method, BodyPublishers.ofString("{}")))
        .problem(405);
  }

  @Test
  void whatIsNoGoodHttpIsAProblem() {
    actuator.sendRaw("NONSENSE\nConnection: close\n\n").problem(400);
    actuator.sendRaw("GET /actuator/health HTTP/1.1\nConnection: close\n\n").problem(400);
    actuator.sendRaw("GET /actuator/%zz HTTP/1.1\nHost: x\nConnection: close\n\n").problem(400);
    actuator.sendRaw("GET /actuator/health HTTP/1.1\nHost: x\nX: " + "x".repeat(10_000) + "\n\n")
        .problem(400);
    actuator.get("/actuator/health").ok();
  }
}
