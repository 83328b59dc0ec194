package io.vmxdecision.app.actuator;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.test.context.TestPropertySource;

@RunningService
@TestPropertySource(properties = "management.server.port=0")
class OwnPortActuatorTest extends ClosedActuator {

  private final ServiceClient actuator;

  OwnPortActuatorTest(@LocalManagementPort int port) {
    super(port);
    this.actuator = new ServiceClient(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/swagger-ui/index.html", "/swagger-ui.html", "/swagger-ui/", "/v3/api-docs",
    "/v1/rules", "/webjars/swagger-ui/index.html", "/actuators", "/actuator/../swagger-ui/index.html"})
  void nothingButTheActuatorIsThere(String path) {
    actuator.get(path).problem(404);
  }
}
