package io.vmxdecision.app.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONCompare;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.skyscreamer.jsonassert.JSONCompareResult;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class VmEntryTest {
  private final ServiceClient service;

  VmEntryTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  private Answer ask(String query, String body) {
    return service.post("/v1/vm-entries" + query, BodyPublishers.ofString(body));
  }

  /** What {@code entry-left-to-cpu} is for, the test of the engine tells. */
  @ParameterizedTest
  @CsvSource({"entry, 600", "entry-vmcs, 300", "entry-sdm, 63"})
  void recordedEntriesAreAnsweredAsTheyWereRecorded(String vectors, int count) throws JSONException {
    List<JsonNode> cases = RecordedLines.of("/vectors/" + vectors + ".ndjson.gz");
    assertThat(cases).hasSize(count);
    for (JsonNode one : RecordedLines.of("/vectors/entry-left-to-cpu.ndjson")) {
      List<JsonNode> left = one.at("/expect/violations").valueStream().toList();
      cases.stream()
          .filter(each -> each.path("id").equals(one.path("id")))
          .forEach(each -> ((ArrayNode) each.at("/expect/violations")).addAll(left));
    }
    List<String> differences = new ArrayList<>();
    for (JsonNode one : cases) {
      JsonNode answer = ask("", one.path("request").toString()).ok().json();
      JSONCompareResult result =
          JSONCompare.compareJSON(
              one.path("expect").toString(), answer.toString(), JSONCompareMode.STRICT_ORDER);
      if (result.failed()) {
        differences.add(one.path("id").asString() + ": " + result.getMessage());
      }
    }
    assertThat(differences).isEmpty();
  }

  @Test
  void aBareCpuSaysWhatIsWrongAndWhatItCannotTell() {
    JsonNode answer =
        ask("?explain=true", """
            {"id": "a", "profile": "sdm", "entry": {"instruction": "VMRESUME", "launched": true},
             "snapshot": {"vmcsFields": {"0x6820": "0x2", "vm_entry_intr_info_field": "0x80000044"}}}""")
            .ok()
            .json();
    assertThat(answer.path("id").asString()).isEqualTo("a");
    assertThat(answer.path("outcome").asString()).isEqualTo("FAILED_ENTRY");
    assertThat(answer.path("firstViolation").asString()).isEqualTo("N-S36");
    assertThat(answer.path("violations")).hasSize(1);
    assertThat(answer.path("violations").path(0).path("evidence").asString())
        .contains("guest_rflags 0x2", "vm_entry_intr_info_field 0x80000044");
    assertThat(answer.path("undecided").path(0).path("needs")).isNotEmpty();
    assertThat(answer.has("evmcsWrites")).isFalse();
    List<String> results = answer.path("explanation").findValuesAsString("result");
    assertThat(results).contains("HOLDS", "VIOLATED", "UNDECIDED");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{'evmcsFields': {'revision_id': '0x1'}} | kvm-6.12 | | /snapshot",
    "{'vmcsFields': {}, 'evmcsFields': {}} | kvm-6.12 | | /snapshot/evmcsFields",
    "{'evmcsFields': {}} | sdm | | /snapshot/evmcsFields /snapshot",
    "{'vmcsFields': {'guest_cr3': '0x0', '0x6802': '0x0'}} | kvm-6.12 | | /snapshot/vmcsFields",
    "{'vmcsFields': {}} | kvm-6.12 | , 'smm': true, 'evmcsMapped': true | /entry/evmcsMapped /entry/smm",
    "{'vmcsFields': {}} | kvm-6.1 | | /profile",
    "{'vmcsFields': {}} | kvm-7.3 | , 'smm': true | /profile /entry/smm",
    "{'vmcsFields': {}} | tlfs | | /profile"
  })
  void whatContradictsItselfIsToldAtOnce(String snapshot, String profile, String more, String pointers) {
    Answer answer =
        ask("", ("{'profile': '" + profile + "', 'snapshot': " + snapshot
            + ", 'entry': {'instruction': 'VMLAUNCH'" + (more == null ? "" : more) + "}}")
            .replace('\'', '"'));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().path("errors").findValuesAsString("pointer"))
        .containsExactly(pointers.split(" ", -1));
  }

  /** Bit 22 of the secondary controls, mode-based execute control, and bit 18, EPT-violation #VE. */
  @ParameterizedTest
  @CsvSource({
    "kvm-6.1, 0x5010aa, ''",
    "kvm-6.12, 0x5010aa, N-C51",
    "kvm-7.3, 0x5010aa, ''",
    "kvm-6.1, 0x1410aa, ''",
    "kvm-6.12, 0x1410aa, N-C51",
    "kvm-7.3, 0x1410aa, N-C51"
  })
  void anotherKernelRefusesOtherControls(String profile, String secondary, String refusing) {
    ObjectNode request =
        ((ObjectNode) RecordedLines.of("/vectors/entry-sdm.ndjson.gz").get(0).path("request")).deepCopy();
    request.put("profile", profile);
    ObjectNode fields = (ObjectNode) request.path("snapshot").path("evmcsFields");
    fields.put("secondary_vm_exec_control", secondary);
    request.putObject("capabilities").put("vmxProcbasedCtls2", "0xffffffff00000000");
    JsonNode answer = ask("", request.toString()).ok().json();
    assertThat(answer.path("firstViolation").asString("")).isEqualTo(refusing);
    assertThat(answer.path("outcome").asString())
        .isEqualTo(refusing.isEmpty() ? "ENTERS" : "VM_FAIL_VALID");
  }

  @Test
  void whatDoesNotFitTheContractIsToldAtOnce() {
    Answer answer =
        ask("", """
            {"profile": "none", "entry": {"instruction": "VMXON"},
             "snapshot": {"vmcsFields": {"guest_cr9": "0x2", "0x800": "0x10000"}},
             "capabilities": {"maxPhyAddr": 53}}""");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("errors").findValuesAsString("pointer"))
        .containsExactlyInAnyOrder(
            "/profile",
            "/entry/instruction",
            "/snapshot/vmcsFields/guest_cr9",
            "/snapshot/vmcsFields/0x800",
            "/capabilities/maxPhyAddr");
  }
}
