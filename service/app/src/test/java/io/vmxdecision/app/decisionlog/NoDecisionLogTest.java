package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
@ExtendWith(OutputCaptureExtension.class)
class NoDecisionLogTest {
  private final ServiceClient service;
  private final DecisionLog log;

  NoDecisionLogTest(@LocalServerPort int port, @Autowired DecisionLog log) {
    this.log = log;
    this.service = new ServiceClient(port);
  }

  @Test
  void nothingIsWrittenDownUnlessAskedFor(CapturedOutput output) {
    assertThat(service.decide(SampleRequest.flush().toString()).ok().text("/decisionId"))
        .matches("sha256:[0-9a-f]{64}");
    assertThat(service.get("/actuator/prometheus").ok().body()).doesNotContain("decision_log");
    log.destroy(); // writes what waits
    assertThat(output.getAll()).doesNotContain("decisionId");
  }
}
