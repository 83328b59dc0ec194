package io.vmxdecision.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/scenarios} and its stream. */
@RunningService
class ScenariosTest {
  private static final String MACHINE = """
      {"cpuid": {"nestedEax": "0x20101"}, "vcpus": [{"vpAssistMsr": "0x10001"}, {}],
       "memory": [{"gpa": "0x10000", "vpAssist": {"enlightenVmentry": true, "currentNestedVmcs": "0x20000",
                    "directHypercall": true}},
                  {"gpa": "0x20000", "evmcsFields": {"revision_id": "0x1", "hv_enlightenments_control": "0x1",
                    "hv_vm_id": "0x7", "hv_vp_id": "0x1", "partition_assist_page": "0x30000"}},
                  {"gpa": "0x30000", "pages": 2, "partitionAssist": {"tlbLockCount": 0}}]}""";

  private static final String FLUSH = """
      {"type": "exit", "exit": {"reason": "0x12", "instructionLength": 3},
       "registers": {"rcx": "0x10002", "r8": "0x3"}}""";

  private static final String LAUNCH = """
      {"type": "vmEntry", "instruction": "VMLAUNCH"}""";

  private static final String CHANGE = """
      {"type": "write", "gpa": "0x20000", "evmcsFields": {"partition_assist_page": "0x99000"}}""";

  private final ServiceClient service;
  private final int port;

  ScenariosTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
    this.port = port;
  }

  private Answer play(String query, String... events) {
    return post(
        query, "{\"machine\": " + MACHINE + ", \"events\": [" + String.join(",", events) + "]}");
  }

  private Answer post(String query, String body) {
    return service.post("/v1/scenarios" + query, BodyPublishers.ofString(body));
  }

  @ParameterizedTest
  @CsvSource({"/vectors/scenario.ndjson.gz, 347", "/captures/real-run-scenarios.ndjson.gz, 3"})
  void recordedScenariosAreAnsweredAsTheyWereRecorded(String resource, int count) {
    List<JsonNode> cases = RecordedLines.of(resource);
    assertThat(cases).hasSize(count);
    SoftAssertions all = new SoftAssertions();
    for (JsonNode one : cases) {
      JsonNode steps =
          asRecorded(post("", one.path("request").toString()).ok().json().path("steps"));
      JsonNode expected = one.path("expect").path("steps");
      if (!steps.equals(expected)) {
        all.assertThat(steps).as(one.path("id").asString()).isEqualTo(expected);
      }
    }
    all.assertAll();
  }

  /**
   * Less what follows from the rest and was not recorded: whether the profile has the flush, names, the
   * call.
   */
  private static JsonNode asRecorded(JsonNode steps) {
    for (JsonNode step : steps) {
      if (step.at("/decision/hypercall") instanceof ObjectNode hypercall) {
        assertThat(hypercall.remove(List.of("code", "name", "fast", "statusName")).size()).isPositive();
      }
      if (step.at("/decision/l2TlbFlush") instanceof ObjectNode flush) {
        assertThat(flush.remove("supported").asBoolean()).isTrue();
      }
    }
    return steps;
  }

  @Test
  void theExplorersExamplesAreTheRecordedScenariosThatHaveNames() {
    List<String> named =
        Stream.of("/captures/real-run-scenarios.ndjson.gz", "/vectors/scenario.ndjson.gz")
            .flatMap(resource -> RecordedLines.of(resource).stream())
            .filter(one -> !one.path("id").asString().matches("s\\d+-\\d+"))
            .map(one -> one.path("id") + " " + one.path("request"))
            .toList();
    assertThat(
        service.get("/explorer/examples/scenarios.ndjson").ok().body().lines()
            .map(line -> JsonMapper.shared().readTree(line))
            .map(one -> one.path("id") + " " + one.path("request")))
        .containsExactlyElementsOf(named);
  }

  @Test
  void aStreamAnswersEachEventAtOnceAsTheWholeScenarioDoes() throws IOException {
    JsonNode recorded = RecordedLines.of("/captures/real-run-scenarios.ndjson.gz").getFirst().path("request");
    JsonNode steps = post("", recorded.toString()).ok().json().path("steps");
    try (StreamClient client = new StreamClient(port, "/v1/scenarios/stream", "application/x-ndjson")) {
      client.send("{\"machine\":" + recorded.path("machine") + "}\n");
      for (int i = 0; i < 20; i++) {
        client.send(recorded.path("events").path(i) + "\n");
        assertThat(line(client)).isEqualTo(steps.path(i));
      }
      client.end();
    }
  }

  private static JsonNode line(StreamClient client) throws IOException {
    StringBuilder line = new StringBuilder();
    for (byte[] one = client.read(1); one[0] != '\n'; one = client.read(1)) {
      line.append((char) one[0]);
    }
    return JsonMapper.shared().readTree(line.toString());
  }

  private List<JsonNode> stream(String... lines) {
    Answer answer =
        service.send(
            service.request("/v1/scenarios/stream").header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(String.join("\n", lines).replace("\n ", " "))));
    return answer.ok().body().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  @Test
  void aWrongEventInAStreamIsAProblemOnItsLineAndChangesNothing() {
    String start = "{\"machine\": " + MACHINE + "}";
    List<JsonNode> right = stream(start, LAUNCH, FLUSH);
    List<JsonNode> answers =
        stream(start, LAUNCH, LAUNCH, "{\"type\": \"nap\"}", "{", "", "{\"type\": \"restore\"}", FLUSH);
    assertThat(right).hasSize(2);
    assertThat(answers).hasSize(6);
    assertThat(List.of(answers.getFirst(), answers.getLast())).isEqualTo(right);
    assertThat(answers.subList(1, 5).stream().map(answer -> answer.path("status").asInt()))
        .containsExactly(422, 400, 400, 422);
  }

  @Test
  void aStreamWithoutAMachineEndsWithItsProblem() {
    assertThat(stream("{\"machine\": {\"vcpus\": []}}", LAUNCH))
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.at("/errors/0/pointer").asString()).isEqualTo("/machine/vcpus"));
  }

  @Test
  void allEventsThatCannotBeAreToldAtOnce() {
    Answer answer =
        play("", LAUNCH, "{\"type\": \"wrmsr\", \"msr\": \"0x40000073\", \"value\": \"0x0\"}",
            "{\"type\": \"enter\", \"vcpu\": 2}",
            "{\"type\": \"restore\"}", "{\"type\": \"inject\", \"vcpu\": 1, \"reason\": \"0x2\"}",
            "{\"type\": \"exit\", \"vcpu\": 1, \"exit\": {\"reason\": \"0x12\"}}",
            "{\"type\": \"write\", \"gpa\": \"0x31ffe\", \"bytes\": \"AAAA\"}", FLUSH);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().path("errors").findValuesAsString("pointer"))
        .containsExactly("/events/1", "/events/2", "/events/3", "/events/4", "/events/5", "/events/6");
  }

  @Test
  void allThatDoesNotFitTheContractIsToldAtOnce() {
    Answer answer = post("", """
        {"id": 1, "nonsense": 0, "machine": {"vcpus": [{"vpIndex": 4096}], "host": {"la58": true}},
         "events": [{"type": "nap"}, {"type": "enter", "gpa": "0x0"}, {"type": "save", "vcpu": 64},
                    {"type": "wrmsr", "msr": "0x1"}, {"type": "write", "gpa": "0x0"},
                    {"type": "exit", "exit": {}, "registers": {"cpl": 4}}, 7]}""");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("errors").findValuesAsString("pointer"))
        .containsExactlyInAnyOrder(
            "/id", "/nonsense", "/machine/vcpus/0/vpIndex", "/machine/host/la58", "/events/0/type",
            "/events/1/gpa",
            "/events/2/vcpu", "/events/3/msr", "/events/3/value", "/events/4", "/events/5/exit/reason",
            "/events/5/registers/cpl", "/events/6");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{'memory': [{'gpa': '0x10'}]} | /machine/memory/0",
    "{'memory': [{'gpa': '0x1000', 'pages': 2}, {'gpa': '0x2000'}]} | /machine/memory/1",
    "{'memory': [{'gpa': '0x0', 'pages': 10000}, {'gpa': '0x10000000', 'pages': 6385}]} | /machine/memory/1",
    "{'memory': [{'gpa': '0xfffffffffffff000', 'pages': 2}]} | /machine/memory/0",
    "{'memory': [{'gpa': '0x0', 'vpAssist': {}, 'partitionAssist': {}}]} | /machine/memory/0",
    "{'translations': [{'l2Gpa': '0x1', 'l1Gpa': '0x2'}]} | /machine/translations/0/l2Gpa"
  })
  void aMachineThatContradictsItselfIsRefused(String machine, String pointer) {
    Answer answer = post("", ("{'machine': " + machine + ", 'events': []}").replace('\'', '"'));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().path("errors").findValuesAsString("pointer")).contains(pointer);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "'gpa': '0xfffffffffffffff8', 'evmcsFields': {'hv_vm_id': '0x7'}",
    "'gpa': '0xffffffffffffffff', 'bytes': 'AAA='"
  })
  void aWritePastTheEndOfTheAddressSpaceIsRefused(String write) {
    Answer answer =
        post("", ("{'machine': {'memory': [{'gpa': '0x0'}]}, 'events': [{'type': 'write', " + write + "}]}")
            .replace('\'', '"'));
    assertThat(answer.problem(400).texts("/errors", "pointer")).containsExactly("/events/0/gpa");
  }

  @Test
  void aMachineHasAtMost64Vcpus() {
    String more = "{\"machine\": {\"vcpus\": [{}" + ",{}".repeat(64) + "]}, \"events\": []}";
    assertThat(post("", more).problem(400).texts("/errors", "pointer")).containsExactly("/machine/vcpus");
    assertThat(post("", more.replaceFirst(",\\{}", "")).ok().json().path("steps")).isEmpty();
  }

  @Test
  void aMachineHasAtMost64MegabytesOfMemory() {
    String pages = "{\"machine\": {\"memory\": [{\"gpa\": \"0x0\", \"pages\": 16384}%s]}, \"events\": []}";
    assertThat(post("", pages.formatted("")).ok().json().path("steps")).isEmpty();
    assertThat(
        post("", pages.formatted(", {\"gpa\": \"0x10000000\"}")).problem(422).texts("/errors", "pointer"))
        .containsExactly("/machine/memory/1");
  }

  /** Whether the VM-entry before it is checked or not. */
  @ParameterizedTest
  @ValueSource(strings = {"{\"reason\": \"0x12\", \"instructionLength\": 3}", "{\"reason\": \"0xa\"}"})
  void anExitOnAFreshMachineIsDecidedAsOnTheSamePagesAlone(String exit) {
    JsonNode fields = RecordedLines.of("/vectors/entry-sdm.ndjson.gz").getFirst().path("request")
        .at("/snapshot/evmcsFields");
    ObjectNode page = (ObjectNode) fields.deepCopy();
    page.put("hv_enlightenments_control", "0x1").put("hv_vm_id", "0x7").put("partition_assist_page",
        "0x30000");
    String assist =
        "{\"enlightenVmentry\": true, \"currentNestedVmcs\": \"0x20000\", \"directHypercall\": true}";
    String registers = "{\"rcx\": \"0x10002\", \"r8\": \"0x3\"}";
    JsonNode alone = service.decide(
        "{\"snapshot\": {\"evmcsFields\": " + page + ", \"vpAssist\": " + assist
            + ", \"partitionAssist\": {\"tlbLockCount\": 1}, \"cpuid\": {\"nestedEax\": \"0x20101\"}, \"registers\": "
            + registers + "}, \"exit\": " + exit + "}")
        .ok().json();
    for (boolean checked : List.of(false, true)) {
      JsonNode steps = post("?explain=true", "{\"checkEntries\": " + checked
          + ", \"machine\": {\"cpuid\": {\"nestedEax\": \"0x20101\"}, \"vcpus\": [{\"vpAssistMsr\": \"0x10001\"}],"
          + " \"memory\": [{\"gpa\": \"0x10000\", \"vpAssist\": " + assist
          + "}, {\"gpa\": \"0x20000\", \"evmcsFields\": " + page
          + "}, {\"gpa\": \"0x30000\", \"partitionAssist\": {\"tlbLockCount\": 1}}]}, \"events\": [" + LAUNCH
          + ", {\"type\": \"exit\", \"exit\": " + exit + ", \"registers\": " + registers + "}]}")
          .ok().json().path("steps");
      assertThat(steps.at("/0/entry/outcome").asString()).isEqualTo("ENTERED");
      ObjectNode decision = (ObjectNode) steps.at("/1/decision");
      decision.remove("explanation");
      ObjectNode expected = ((ObjectNode) alone.deepCopy()).remove(List.of("decisionId", "profile"));
      assertThat(decision).isEqualTo(expected);
    }
  }

  @Test
  void anotherKernelIsNotModelled() {
    for (String profile : List.of("kvm-6.1", "kvm-7.3", "tlfs")) {
      Answer answer = post("", "{\"profile\": \"" + profile + "\", \"machine\": {}, \"events\": []}");
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.json().at("/errors/0").toString()).contains("/profile",
          "not modelled for " + profile);
    }
    assertThat(post("", "{\"profile\": \"none\", \"machine\": {}, \"events\": []}").status()).isEqualTo(400);
  }

  @Test
  void theIdComesBackAndAnEmptyScenarioHasNoSteps() {
    assertThat(post("", "{\"id\": \"a\", \"machine\": {}, \"events\": []}").ok().json())
        .isEqualTo(JsonMapper.shared().readTree("{\"id\": \"a\", \"steps\": []}"));
  }

  @Test
  void staleChangesTellsWhatBecameStaleAndFreshWithAnEvent() {
    JsonNode all = play("", LAUNCH, CHANGE, FLUSH, CHANGE.replace("0x99000", "0x30000")).ok().json();
    JsonNode steps =
        play("?stale=changes", LAUNCH, CHANGE, FLUSH, CHANGE.replace("0x99000", "0x30000")).ok().json()
            .path("steps");
    assertThat(all.at("/steps/2/stale").findValuesAsString("datum")).contains("partition_assist_page");
    assertThat(steps.at("/1/stale")).isEqualTo(all.at("/steps/1/stale"));
    assertThat(steps.at("/1/stale").findValuesAsString("datum")).containsExactly("partition_assist_page");
    assertThat(steps.at("/2/stale").findValuesAsString("datum")).doesNotContain("partition_assist_page");
    assertThat(steps.at("/3/fresh").toString())
        .isEqualTo("[{\"vcpu\":0,\"datum\":\"partition_assist_page\"}]");
    assertThat(play("?stale=none", LAUNCH).status()).isEqualTo(400);
  }

  @Test
  void explainNamesTheRulesOfADecisionAndOfTime() {
    JsonNode steps = play("?explain=true", LAUNCH, FLUSH, "{\"type\": \"save\"}").ok().json().path("steps");
    assertThat(steps.at("/0/explanation").findValuesAsString("rule"))
        .containsExactly("T2", "T3", "T4");
    assertThat(steps.at("/1/explanation").findValuesAsString("rule")).contains("T7");
    assertThat(steps.at("/1/decision/exitReason/name").asString()).isEqualTo("VMCALL");
    assertThat(steps.at("/1/decision/explanation").findValuesAsString("rule"))
        .contains("F1", "F2", "F3", "F4", "F5", "M");
    assertThat(steps.at("/2/explanation").findValuesAsString("rule")).contains("T10");
    List<String> evidence = new ArrayList<>(steps.findValuesAsString("evidence"));
    assertThat(evidence).isNotEmpty().allSatisfy(text -> assertThat(text).isNotBlank());
  }

  @Test
  void aCheckedVmEntryFailsAsItDoesAlone() {
    String start = "{\"checkEntries\": true, \"machine\": " + MACHINE + ", \"events\": [";
    JsonNode step = post("?explain=true", start + LAUNCH + "]}").ok().json().at("/steps/0");
    JsonNode alone = service.post("/v1/vm-entries", BodyPublishers.ofString("""
        {"entry": {"instruction": "VMLAUNCH"},
         "snapshot": {"vpAssist": {"enlightenVmentry": true, "currentNestedVmcs": "0x20000"},
           "evmcsFields": {"revision_id": "0x1", "hv_enlightenments_control": "0x1",
             "hv_vm_id": "0x7", "hv_vp_id": "0x1", "partition_assist_page": "0x30000"}}}""")).ok().json();
    assertThat(step.at("/entry/outcome").asString()).isEqualTo("VMFAIL_VALID");
    assertThat(step.at("/entry/firstViolation")).isEqualTo(alone.path("firstViolation"));
    assertThat(step.at("/entry/violations").valueStream().map(JsonNode::asString))
        .containsExactlyElementsOf(alone.path("violations").findValuesAsString("check"));
    assertThat(step.at("/entry/instructionError").asInt())
        .isEqualTo(alone.at("/instructionError/number").asInt());
    assertThat(step.at("/entry/evmcsWrites/0/field").asString()).isEqualTo("vm_instruction_error");
    assertThat(step.at("/explanation").findValuesAsString("rule")).contains("T4");
    assertThat(step.at("/state/level").asString()).isEqualTo("L1");
  }

  /** An answer may have a thousand times the bytes of its request. */
  @Test
  void moreStaleDataThanTheLimitIsRefusedBeforeAnythingIsAnswered() {
    StringBuilder body = new StringBuilder("{\"machine\": {\"vcpus\": [");
    body.append("{\"vpAssistMsr\": \"0x10001\"},".repeat(63)).append("{\"vpAssistMsr\": \"0x10001\"}],");
    body.append("\"memory\": [{\"gpa\": \"0x10000\"}, {\"gpa\": \"0x20000\"}]}, \"events\": [");
    body.append("{\"type\": \"write\", \"gpa\": \"0x20000\", \"evmcsFields\": {\"revision_id\": \"0x1\"}},");
    body.append("{\"type\": \"write\", \"gpa\": \"0x10000\", \"vpAssist\": {\"enlightenVmentry\": true,")
        .append("\"currentNestedVmcs\": \"0x20000\"}},");
    for (int vcpu = 0; vcpu < 64; vcpu++) {
      body.append("{\"type\": \"vmEntry\", \"vcpu\": ").append(vcpu).append("},");
    }
    String page = Base64.getEncoder().encodeToString(ones());
    body.append("{\"type\": \"write\", \"gpa\": \"0x20000\", \"bytes\": \"").append(page).append("\"}");
    body.append(",{\"type\": \"save\"}".repeat(9000)).append("]}");
    Answer answer = post("", body.toString());
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().at("/errors/0/detail").asString()).contains("4000000 stale data");
  }

  private static byte[] ones() {
    byte[] page = new byte[4096];
    Arrays.fill(page, (byte) 1);
    page[1] = 0;
    page[2] = 0;
    page[3] = 0;
    return page;
  }

  @Test
  void moreEventsThanTheLimitAreRefused() {
    String events = "{\"type\": \"enter\"}" + ",{\"type\": \"enter\"}".repeat(9999);
    assertThat(play("", events).ok().json().path("steps")).hasSize(10_000);
    Answer answer = play("", events, "{\"type\": \"enter\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/errors/0/pointer").asString()).isEqualTo("/events");
    assertThat(answer.body().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(1000);
  }
}
