package io.vmxdecision.app.actuator;

import io.vmxdecision.app.support.RunningService;
import org.springframework.boot.test.web.server.LocalManagementPort;

@RunningService
class SamePortActuatorTest extends ClosedActuator {

  SamePortActuatorTest(@LocalManagementPort int port) {
    super(port);
  }
}
