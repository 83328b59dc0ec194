package io.vmxdecision.app.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class ActuatorTest {
  private final ServiceClient service;

  ActuatorTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          /snapshot/partitionAssist/tlbLockCount | 0              | handled_by="L0",outcome="hv_status_success"
          /snapshot/partitionAssist/tlbLockCount | 7              | handled_by="L0",outcome="synthetic_exit"
          /snapshot/registers/rcx                | "0x80010002"   | handled_by="L0",outcome="hv_status_invalid_hypercall_input"
          /snapshot/registers/cpl                | 3              | handled_by="L0",outcome="exception"
          /snapshot/registers/rcx                | "0x10004"      | handled_by="L1",outcome="reflected"
          """)
  void decisionsAreCountedByHandlerAndOutcome(String pointer, String value, String tags) {
    SampleRequest request = SampleRequest.flush().with(pointer, value);
    String decisions = "vmx_decisions_total{" + tags + "}";
    double before = metric(decisions);
    double timedBefore = metric("vmx_decision_duration_seconds_count");
    service.decide(request.toString()).ok();
    assertThat(metric(decisions)).isEqualTo(before + 1);
    assertThat(metric("vmx_decision_duration_seconds_count")).isEqualTo(timedBefore + 1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      F1 | /snapshot/evmcsFields/revision_id               | "0x2"
      F2 | /snapshot/evmcsFields/hv_enlightenments_control | "0x0"
      F3 | /snapshot/vpAssist/directHypercall              | false
      F4 | /snapshot/cpuid/nestedEax                       | "0x0"
      """)
  void aFlushThatGoesToL1IsCountedByTheConditionThatFails(
      String condition, String pointer, String value) {
    String ineligible = "vmx_flush_ineligible_total{condition=\"" + condition + "\"}";
    double before = metric(ineligible);
    service.decide(SampleRequest.flush().with(pointer, value).toString()).ok();
    assertThat(metric(ineligible)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      malformed-json  | {                                                              | 400
      invalid-request | {}                                                             | 400
      undecidable     | {"snapshot": {}, "exit": {"from": "L1", "reason": "0xa"}}      | 422
      """)
  void aRejectedRequestIsCountedByTheKindOfProblem(String kind, String body, int status) {
    String rejected = "vmx_requests_rejected_total{kind=\"" + kind + "\"}";
    double before = metric(rejected);
    assertThat(service.decide(body).problem(status).text("/type")).endsWith(":" + kind);
    assertThat(metric(rejected)).isEqualTo(before + 1);
  }

  @Test
  void metricsAreInTheFormatOfPrometheus() {
    assertThat(service.get("/actuator/prometheus").ok().contentType()).startsWith("text/plain");
  }

  /** The value of a metric; 0 as long as it is not there. */
  private double metric(String nameAndTags) {
    return Arrays.stream(service.get("/actuator/prometheus").ok().body().split("\n", -1))
        .filter(line -> line.startsWith(nameAndTags + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(nameAndTags.length())))
        .findFirst()
        .orElse(0);
  }
}
