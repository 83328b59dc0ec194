package io.vmxdecision.app.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.List;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
@ExtendWith(OutputCaptureExtension.class)
class OpenApiTest {
  private static final String EXAMPLES =
      "/paths/~1v1~1decisions/post/requestBody/content/application~1json/examples";

  private final ServiceClient service;

  OpenApiTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @Test
  void theDocumentIsOpenApi31AndListsTheWholeApi(CapturedOutput log) {
    JsonNode document = document();
    assertThat(document.path("openapi").asString()).startsWith("3.1");
    assertThat(document.path("paths").propertyNames())
        .containsExactlyInAnyOrder(
            "/v1/artefacts", "/v1/audits", "/v1/decode/{value}",
            "/v1/decisions", "/v1/decisions/batch", "/v1/decisions/compare",
            "/v1/decisions/counterfactuals", "/v1/decisions/counterfactuals/pages",
            "/v1/decisions/pages", "/v1/decisions/stream",
            "/v1/evmcs/check", "/v1/evmcs/decode", "/v1/evmcs/diff", "/v1/evmcs/encode",
            "/v1/evmcs/fields", "/v1/exit-reasons", "/v1/exit-reasons/{value}", "/v1/profiles", "/v1/rules",
            "/v1/capabilities", "/v1/scenarios", "/v1/scenarios/selftest", "/v1/scenarios/stream",
            "/v1/vm-entries", "/v1/vm-entries/batch", "/v1/vm-entries/counterfactuals",
            "/v1/vm-entries/counterfactuals/pages",
            "/v1/vm-entries/stream");
    assertThat(service.get("/swagger-ui.html").ok().body()).contains("swagger-ui");
    assertThat(log.getAll()).doesNotContain(" WARN ", " ERROR ");
  }

  @Test
  void aStreamTakesAndAnswersBothOfItsForms() {
    JsonNode stream = document().path("paths").path("/v1/decisions/stream").path("post");
    for (String place : List.of("/requestBody/content", "/responses/200/content")) {
      assertThat(stream.at(place).propertyNames())
          .containsExactly("application/x-ndjson", "application/vnd.vmx-decision.v1+sbe");
    }
  }

  @Test
  void theFieldsOfTheEvmcsAreTheEnginesInOrder() {
    List<String> names = Arrays.stream(EvmcsField.values()).map(EvmcsField::linuxName).toList();
    JsonNode schemas = document().path("components").path("schemas");
    assertThat(schemas.at("/Snapshot/properties/evmcsFields/$ref").asString())
        .isEqualTo("#/components/schemas/EvmcsFields");
    assertThat(schemas.at("/EvmcsFields/properties").propertyNames()).containsExactlyElementsOf(names);
  }

  @Test
  void everyObjectOfARequestRefusesUnknownProperties() {
    JsonNode schemas = document().path("components").path("schemas");
    List<String> ofRequests =
        List.of(
            "DecisionRequest", "BatchRequest", "PagesForm", "VmEntryPagesForm", "Snapshot", "Host", "Cpuid",
            "Vcpu",
            "NestedContext",
            "PendingFlush",
            "EvmcsFields", "VpAssist", "PartitionAssist", "Registers", "Xmm", "MemoryRegion",
            "Translation", "Exit", "EvmcsPage", "EvmcsEncodeRequest", "EvmcsPair", "EvmcsCheckRequest",
            "CompareRequest", "VmEntryRequest", "VmEntryBatchRequest", "VmEntrySnapshot", "VmEntryHost",
            "VmEntryCpuid",
            "VmEntry", "VmxCapabilities", "VmcsFields",
            "ScenarioRequest", "ScenarioMachine", "ScenarioHost", "ScenarioVcpu", "ScenarioMemory",
            "ScenarioEvent", "ScenarioExit");
    assertThat(ofRequests)
        .allSatisfy(
            name -> {
              JsonNode refused = schemas.path(name).path("additionalProperties");
              assertThat(refused.isBoolean() && !refused.asBoolean()).isTrue();
            });
  }

  @Test
  void everyReferenceLeadsToASchema() {
    JsonNode document = document();
    List<String> references =
        document.findValuesAsString("$ref").stream().distinct().toList();
    assertThat(references).isNotEmpty();
    assertThat(references)
        .allSatisfy(
            reference -> assertThat(document.at(reference.substring(1)).isObject()).isTrue());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          1-eligible-flush     | eligible   | {handledBy: L0, l2TlbFlush: {eligible: true}, syntheticExit: false, \
          tlbMutations: [{vcpu: 1, fifo: L2, pendingBefore: ['0x7ff650000003'], \
          pendingAfter: ['0x7ff650000003', '0x7ff640001001', '0x7ff640200000'], \
          effect: {ranges: [{gva: '0x7ff650000000', pages: 4}, {gva: '0x7ff640001000', pages: 2}, \
          {gva: '0x7ff640200000', pages: 1}], flushAll: false}}]}
          2-synthetic-exit     | 0x10000031 | {handledBy: L0, syntheticExit: true, exitToL1: {reason: '0x10000031'}}
          3-ineligible-flush   | ineligible | {handledBy: L1, l2TlbFlush: {eligible: false, \
          conditions: {evmcsActive: true, evmcsNestedFlushHypercall: true, vpAssistDirectHypercall: false, \
          cpuidDirectFlush: true, flushHypercall: true}}, exitToL1: {reason: '0x12'}}
          4-rejected-hypercall | rejected   | {handledBy: L0, hypercall: {status: '0x3', \
          statusName: HV_STATUS_INVALID_HYPERCALL_INPUT}, tlbMutations: [], syntheticExit: false}
          """)
  void aWorkedExampleKeepsItsWord(String name, String summaryHolds, String expected)
      throws JSONException {
    JsonNode example = document().at(EXAMPLES).path(name);
    assertThat(example.path("summary").asString()).containsIgnoringCase(summaryHolds);
    assertThat(example.path("value")).isEqualTo(SampleRequest.ofExample(name).json());
    JSONAssert.assertEquals(
        expected,
        service.decide(example.path("value").toString()).ok().body(),
        JSONCompareMode.STRICT_ORDER);
  }

  @Test
  void thereIsNoExampleThatIsNotHeldToItsWord() {
    assertThat(document().at(EXAMPLES).propertyNames())
        .containsExactly(
            "1-eligible-flush", "2-synthetic-exit", "3-ineligible-flush", "4-rejected-hypercall");
  }

  private JsonNode document() {
    return service.get("/v3/api-docs").ok().json();
  }
}
