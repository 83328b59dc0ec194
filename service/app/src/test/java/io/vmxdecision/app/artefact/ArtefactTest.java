package io.vmxdecision.app.artefact;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class ArtefactTest {
  private static final String ARTEFACTS = "/v1/artefacts";
  private static final String DUMP = """
      CR0: actual=0x0000000080000031, shadow=0x00000000e0000031, gh_mask=fffffffffffffff7
      RFLAGS=0x00000002         DR7 = 0x0000000000000400
      Interruptibility = 00000009  ActivityState = 00000000
      VMEntry: intr_info=00000000 errcode=00000004 ilen=00000000
              reason=80000021 qualification=0000000000000000
      """;

  private final ServiceClient service;

  ArtefactTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "image/png"})
  void aDumpIsExplainedWhateverItsTypeIs(String type) {
    JsonNode answer = post(type, "application/json", DUMP).ok().json();
    assertThat(answer.at("/artefacts/0/kind").asString()).isEqualTo("VMCS_DUMP");
    assertThat(answer.at("/artefacts/0/findings/0/id").asString()).isEqualTo("N-S39");
    assertThat(answer.at("/exit/reason").asString()).isEqualTo("0x80000021");
    assertThat(answer.at("/snapshot/vmcsFields/guest_rflags").asString()).isEqualTo("0x2");
    assertThat(answer.at("/vmEntry/firstViolation").asString()).isEqualTo("N-S39");
    assertThat(answer.at("/vmEntry/outcome").asString()).isEqualTo("FAILED_ENTRY");
    assertThat(answer.at("/vmEntry/undecided").isEmpty()).isFalse();
    assertThat(answer.path("provenance").valueStream())
        .anySatisfy(it -> {
          assertThat(it.path("pointer").asString()).isEqualTo("/snapshot/vmcsFields/guest_rflags");
          assertThat(it.path("line").asInt()).isEqualTo(2);
        });
  }

  @Test
  void whatWasFoundIsOneCurlAwayFromTheAnswerThatIsThere() {
    JsonNode answer = post("text/plain", "application/json", DUMP + "0x485: 7004c1e7\n").ok().json();
    ObjectNode request = JsonMapper.shared().createObjectNode();
    request.put("profile", "sdm");
    for (String part : List.of("snapshot", "entry", "capabilities")) {
      request.set(part, answer.required(part));
    }
    JsonNode decision =
        service.post("/v1/vm-entries", BodyPublishers.ofString(request.toString())).ok().json();
    assertThat(answer.path("vmEntry")).isEqualTo(decision);
    assertThat(answer.at("/capabilities/vmxMisc").asString()).isEqualTo("0x7004c1e7");
  }

  @Test
  void theVmcs12OfABlobIsWhatKvmChecks() throws IOException {
    byte[] blob =
        Files.readAllBytes(Path.of("../artefacts/src/test/resources/pages/stage101_nested_state.bin"));
    JsonNode answer = new Form().file("blob", blob).sendTo(service, ARTEFACTS).ok().json();
    assertThat(answer.at("/artefacts/0/kind").asString()).isEqualTo("NESTED_STATE");
    assertThat(answer.at("/vmEntry/outcome").asString()).isEqualTo("ENTERS");
  }

  @Test
  void aTerminalGetsAMailOf78Columns() {
    Answer answer = post("text/plain", "text/plain", DUMP).ok();
    assertThat(answer.contentType()).startsWith("text/plain");
    assertThat(answer.body()).contains("N-S39", "What is wrong").doesNotContain("{");
    assertThat(answer.body().lines()).allMatch(line -> line.length() <= 78);
  }

  @Test
  void aFormHasSeveralFiles() throws IOException {
    Form form = new Form()
        .file("evmcs", resource("stage105_evmcs.bin"))
        .file("anything", DUMP.getBytes(StandardCharsets.UTF_8))
        .text("note", "exit reason 49");
    JsonNode answer = form.sendTo(service, ARTEFACTS).ok().json();
    assertThat(answer.path("artefacts").valueStream().map(it -> it.path("kind").asString()))
        .containsExactly("PAGE", "VMCS_DUMP", "NUMBER");
    assertThat(answer.at("/artefacts/2/at/part").asString()).isEqualTo("note");
    assertThat(answer.at("/snapshot/evmcs").asString()).hasSize(5464);
  }

  @Test
  void aMalformedFormIsAProblem() {
    assertThat(Form.send(service, ARTEFACTS, "no form".getBytes(StandardCharsets.UTF_8)).problem(400).body())
        .contains("form");
  }

  @Test
  void nothingKnownIsAnAnswerToo() {
    JsonNode answer = post("text/plain", "application/json", "Hello!\n").ok().json();
    assertThat(answer.path("artefacts").isEmpty()).isTrue();
    assertThat(answer.at("/unrecognised/first/0").asString()).isEqualTo("Hello!");
    assertThat(post("text/plain", "application/json", "").ok().json().path("artefacts").isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "0x80000021, exitReason", "-2147483615, exitReason", "49, exitReason", "0x10000031, exitReason",
    "EPT_MISCONFIG, exitReason", "HV_STATUS_INVALID_HYPERCALL_INPUT, hypercallStatus", "0x40000070, msr",
    "0x6802, vmcsField", "0x0000000400010003, hypercallInput", "0x8000002f, interruptionInfo",
    "VMEXIT_NPF, svmExitCode", "7, exitReason"})
  void theLikeliestReadingIsTheFirst(String value, String as) {
    assertThat(service.get("/v1/decode/" + value).ok().json().at("/readings/0/as").asString()).isEqualTo(as);
  }

  @Test
  void aSmallNumberHasManyReadings() {
    assertThat(service.get("/v1/decode/7").ok().texts("/readings", "as"))
        .contains("exitReason", "instructionError", "svmExitCode", "kvmExit", "hypercallStatus");
  }

  @Test
  void aQualificationIsDecodedOnlyWhereTheSdmDefinesOne() {
    JsonNode defined = service.get("/v1/decode/48?as=exitReason&qualification=0x181").ok().json();
    assertThat(defined.at("/readings/1/as").asString()).isEqualTo("eptViolation");
    assertThat(defined.at("/readings/1/read").asBoolean()).isTrue();
    JsonNode undefined = service.get("/v1/decode/32?as=exitReason&qualification=0xf82").ok().json();
    assertThat(undefined.path("readings").size()).isOne();
    assertThat(undefined.at("/undefined/0").asString()).contains("MSR_WRITE");
    JsonNode ofNoReason = service.get("/v1/decode/0x1?as=qualification").ok().json();
    assertThat(ofNoReason.path("readings").size()).isZero();
    assertThat(ofNoReason.at("/undefined/0").asString()).contains("reason=48");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_SUCH_NAME, 404", "0x, 400", "12a, 400", "0x1?as=nothing, 400", "0x1?as=qualification&reason=x, 400",
    "99?as=instructionError, 404", "0x11111111111111111, 400"})
  void whatNoTableHasIsAProblem(String value, int status) {
    service.get("/v1/decode/" + value).problem(status);
  }

  @Test
  void theCommandExplainsAndItsStatusTells() {
    assertThat(explain(DUMP, "-")).isEqualTo(1);
    assertThat(explain("exit reason 49\n", "-")).isZero();
    assertThat(explain("Hello!\n", "-")).isEqualTo(2);
    assertThat(explain("", "/no/such/file")).isEqualTo(2);
    assertThat(explain("")).isEqualTo(2);
  }

  @Test
  void theCommandSaysTheSameAsTheEndpoint() throws IOException {
    StringBuilder pages = new StringBuilder("exit reason 48\nqualification 0x181\n");
    for (String page : List.of("evmcs", "vp_assist")) {
      byte[] bytes =
          Files.readAllBytes(Path.of("../artefacts/src/test/resources/pages/stage101_" + page + ".bin"));
      pages.append(Base64.getEncoder().encodeToString(bytes)).append('\n');
    }
    for (String input : List.of(DUMP, pages.toString())) {
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      explain(printed, input, "-");
      assertThat(printed.toString(StandardCharsets.UTF_8)).contains("What decides:")
          .isEqualTo(post("text/plain", "text/plain", input).ok().body());
    }
  }

  private static int explain(String input, String... arguments) {
    return explain(new ByteArrayOutputStream(), input, arguments);
  }

  private static int explain(ByteArrayOutputStream printed, String input, String... arguments) {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new ExplainCommand(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, out).run(List.of(arguments));
  }

  private Answer post(String type, String accept, String body) {
    return service.send(
        service.request(ARTEFACTS).header("Content-Type", type).header("Accept", accept)
            .POST(BodyPublishers.ofString(body)));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ArtefactTest.class.getResourceAsStream("/captures/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
