package io.vmxdecision.app.actuator;

import io.vmxdecision.app.support.RunningService;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.test.context.TestPropertySource;

@RunningService
@TestPropertySource(properties = "management.server.port=0")
class OwnPortActuatorTest extends ClosedActuator {

  OwnPortActuatorTest(@LocalManagementPort int port) {
    super(port);
  }
}
