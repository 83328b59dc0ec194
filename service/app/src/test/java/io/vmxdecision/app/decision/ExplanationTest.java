package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class ExplanationTest {
  private static final SampleRequest FLUSH = SampleRequest.flush();
  private static final SampleRequest SLOW_FLUSH =
      FLUSH.with("/snapshot/registers/rcx", "\"0x2\"").with("/snapshot/registers/rdx", "\"0x5008\"");
  private static final SampleRequest SLOW_FLUSH_ON_EPT =
      SLOW_FLUSH
          .with("/snapshot/evmcsFields/cpu_based_vm_exec_control", "\"0x80000000\"")
          .with("/snapshot/evmcsFields/secondary_vm_exec_control", "\"0x2\"");

  private final ServiceClient service;

  ExplanationTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  static Stream<Arguments> evidence() {
    return Stream.of(
        row(FLUSH, "X", true, "exit reason 0x12: basic reason 18, kind ARCHITECTURAL"),
        row(FLUSH.with("/exit/reason", "\"0x10000012\""),
            "X", false, "exit reason 0x10000012: basic reason 18, kind IMPOSSIBLE"),
        row(FLUSH.without("/snapshot/vpAssist"), "E1", false, "VP assist page: not given"),
        row(FLUSH.with("/snapshot/vpAssist/enlightenVmentry", "false"),
            "E2", false, "VP assist page 0x28 enlighten_vmentry = 0x0"),
        row(FLUSH.with("/snapshot/vpAssist/currentNestedVmcs", "\"0xffffffffffffffff\""),
            "E3", false, "VP assist page 0x30 current_nested_vmcs = 0xffffffffffffffff"),
        row(FLUSH, "E3", true, "VP assist page 0x30 current_nested_vmcs = 0x66000"),
        row(FLUSH.without("/snapshot/evmcsFields"), "E4", false, "eVMCS page: not given"),
        row(FLUSH.with("/snapshot/evmcsFields/revision_id", "\"0x2\""),
            "E5", false, "eVMCS 0x000 revision_id = 0x2"),
        row(FLUSH.with("/snapshot/evmcsFields/revision_id", "\"0x2\""), "F1", false, "fails: E5"),
        row(FLUSH, "F1", true, "E1 to E5 hold"),
        row(FLUSH.with("/snapshot/evmcsFields/hv_enlightenments_control", "\"0xfffffffe\""),
            "F2", false, "eVMCS 0x344 hv_enlightenments_control = 0xfffffffe, bit 0 is clear"),
        row(FLUSH.with("/snapshot/vpAssist/directHypercall", "false"),
            "F3", false, "VP assist page 0x20 nested_control.features = 0x0, bit 0 is clear"),
        row(FLUSH.with("/snapshot/cpuid/nestedEax", "\"0xfffdffff\""),
            "F4", false, "CPUID 0x4000000A EAX = 0xfffdffff, bit 17 is clear"),
        row(FLUSH, "F4", true, "CPUID 0x4000000A EAX = 0x20101, bit 17 is set"),
        row(FLUSH.with("/snapshot/registers/rcx", "\"0x10004\""),
            "F5", false, "basic reason 18, 64-bit mode, RCX bits 15:0 = 0x4"),
        row(FLUSH.with("/snapshot/registers/longMode", "false")
            .with("/snapshot/registers/rax", "\"0xffff\""),
            "F5", false, "basic reason 18, not 64-bit mode, RAX bits 15:0 = 0xffff"),
        row(FLUSH.with("/snapshot/registers/cpl", "3"), "H1", true, "CPL 3, protected mode on"),
        row(SampleRequest.ofExample("4-rejected-hypercall"),
            "H3", true, "control word 0x80010002, reserved bits set: 0x80000000"),
        row(SLOW_FLUSH_ON_EPT, "H7", true, "input GPA 0x5008 of L2 translates to nothing"),
        row(SLOW_FLUSH_ON_EPT.with(
            "/snapshot/translations", "[{\"l2Gpa\":\"0x5000\",\"l1Gpa\":\"0x9000\"}]"),
            "H7", false, "input GPA 0x5008 of L2 translates to 0x9008"),
        row(SLOW_FLUSH, "H8", true, "header of 24 bytes at L1 GPA 0x5008: unreadable"),
        row(FLUSH, "M", true,
            "1 of 1 vCPUs for all processors, their L2 queue, one \"flush all\""),
        row(FLUSH.without("/snapshot/partitionAssist"),
            "C1", false, "partition assist page: not given"),
        row(FLUSH, "C3", true, "RIP 0x401000 -> 0x401003, instruction length 3"),
        row(FLUSH, "C4", true, "partition assist page 0x0 TlbLockCount = 1"));
  }

  private static Arguments row(SampleRequest request, String rule, boolean met, String evidence) {
    return Arguments.of(rule, met, evidence, request);
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @MethodSource("evidence")
  void evidenceNamesWhatTheRuleLookedAt(
      String rule, boolean met, String evidence, SampleRequest request) {
    JsonNode part =
        service.explain(request.toString()).ok().json().path("explanation").valueStream()
            .filter(one -> one.path("rule").asString().equals(rule))
            .findFirst()
            .orElseThrow();
    assertThat(part.path("met").asBoolean()).isEqualTo(met);
    assertThat(part.path("evidence").asString()).isEqualTo(evidence);
    assertThat(part.path("reference").asString()).startsWith("Linux 6.12 arch/x86/kvm/");
  }

  @Test
  void rulesAreExplainedOnceEachAndInTheOrderOfTheCatalogue() {
    List<String> catalogue = service.get("/v1/rules").ok().texts("/rules", "id");
    evidence()
        .map(row -> String.valueOf(row.get()[3]))
        .distinct()
        .forEach(
            request -> assertThat(catalogue)
                .containsSubsequence(
                    service.explain(request).ok().texts("/explanation", "rule")));
  }

  @Test
  void anExplanationEndsWhereTheDecisionDid() {
    assertThat(rules(FLUSH)).containsExactly(
        "X", "E1", "E2", "E3", "E4", "E5", "F1", "F2", "F3", "F4", "F5", "R", "H1", "H2", "H3",
        "H4", "H5", "H6", "M", "C1", "C2", "C3", "C4", "S");
    assertThat(rules(FLUSH.without("/snapshot/vpAssist")))
        .containsExactly("X", "E1", "E4", "E5", "F1", "F2", "F3", "F4", "F5", "R", "S");
    assertThat(rules(FLUSH.with("/snapshot/registers/cpl", "3"))).endsWith("R", "H1");
  }

  @Test
  void thereIsNoExplanationUnlessAsked() {
    String request = FLUSH.toString();
    Answer explained = service.explain(request).ok();
    assertThat(explained.json().has("explanation")).isTrue();
    assertThat(service.decide(request).ok().json())
        .isEqualTo(new SampleRequest(explained.json()).without("/explanation").json());
  }

  private List<String> rules(SampleRequest request) {
    return service.explain(request.toString()).ok().texts("/explanation", "rule");
  }
}
