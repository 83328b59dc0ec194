package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Tokens are asked for on the management port as well, and not for what needs none. */
@RunningService
@TestPropertySource(properties = {
  "management.server.port=0",
  "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=http://127.0.0.1:1/keys",
})
class JwtManagementPortTest {
  private final ServiceClient service;
  private final ServiceClient management;

  JwtManagementPortTest(@LocalServerPort int port, @LocalManagementPort int managementPort) {
    this.service = new ServiceClient(port);
    this.management = new ServiceClient(managementPort);
  }

  @Test
  void probesAndMetricsNeedNoTokenAndNothingElseIsThere() {
    assertThat(management.get("/actuator/health/readiness").ok().text("/status")).isEqualTo("UP");
    management.get("/actuator/prometheus").ok();
    management.get("/actuator/env").problem(401);
    management.get("/v1/rules").problem(404);
    service.get("/v1/rules").problem(401);
  }
}
