package io.vmxdecision.app.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RequestChanges;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class VmEntryCounterfactualsTest {
  private static final String PATH = "/v1/vm-entries/counterfactuals";

  private final ServiceClient service;

  VmEntryCounterfactualsTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /** What a client does: write the changes into the request, and ask for the decision. */
  @ParameterizedTest
  @CsvSource({"entry, 19", "entry-vmcs, 17", "entry-sdm, 5"})
  void theChangesWrittenIntoTheRequestGiveWhatWasAnnounced(String vectors, int each) {
    List<JsonNode> cases = RecordedLines.of("/vectors/" + vectors + ".ndjson.gz");
    List<JsonNode> requests = new ArrayList<>();
    List<JsonNode> announced = new ArrayList<>();
    for (int i = 0; i < cases.size(); i += each) {
      JsonNode request = cases.get(i).path("request");
      JsonNode answer = search("?max=10" + (i % 2 == 0 ? "" : "&outcome=ENTERS"), request).ok().json();
      requests.add(request);
      announced.add(answer.path("now"));
      for (JsonNode set : answer.path("counterfactuals")) {
        requests.add(RequestChanges.apply(request, set.path("changes")));
        announced.add(set.path("becomes"));
        assertThat(ending(set.path("becomes"))).isNotEqualTo(ending(answer.path("now")));
      }
    }
    assertThat(requests.size()).isGreaterThan(2 * cases.size() / each);
    assertThat(decide(requests)).isEqualTo(announced);
  }

  private static String ending(JsonNode outcome) {
    return outcome.path("outcome") + "" + outcome.path("instructionError") + outcome.at("/exitToL1/reason");
  }

  private List<JsonNode> decide(List<JsonNode> requests) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putArray("requests").addAll(requests);
    List<JsonNode> outcomes = new ArrayList<>();
    for (JsonNode result : service.post("/v1/vm-entries/batch", BodyPublishers.ofString(body.toString())).ok()
        .json()
        .path("results")) {
      JsonNode decision = result.path("decision");
      assertThat(decision.isObject()).as(result.toString()).isTrue();
      ObjectNode one = JsonMapper.shared().createObjectNode();
      for (String name : List.of("outcome", "firstViolation", "instructionError", "exitToL1")) {
        if (decision.has(name)) {
          one.set(name, decision.path(name));
        }
      }
      outcomes.add(one.put("undecided", decision.path("undecided").size()));
    }
    return outcomes;
  }

  @Test
  void aFieldGivenByItsEncodingIsChangedByIt() {
    JsonNode answer =
        search(
            "?outcome=ENTERS",
            JsonMapper.shared()
                .readTree(
                    """
                        {"profile": "sdm", "entry": {"instruction": "VMLAUNCH"},
                         "snapshot": {"vmcsFields": {"0x6820": "0x0"}}}
                        """))
            .ok().json();
    assertThat(answer.at("/now/firstViolation").asString()).isEqualTo("N-S34");
    assertThat(answer.at("/counterfactuals/0/changes/0/pointer").asString())
        .isEqualTo("/snapshot/vmcsFields/0x6820");
    assertThat(answer.at("/counterfactuals/0/changes/0/field").asString()).isEqualTo("guest_rflags");
    assertThat(answer.at("/counterfactuals/0/changes/0/to").asString()).isEqualTo("0x2");
  }

  /** The pointers lead from the form on. */
  @Test
  void ofAFormWithPagesTheSameSetsAreFound() {
    int forms = 0;
    List<JsonNode> cases = RecordedLines.of("/vectors/entry.ndjson.gz");
    for (int i = 0; i < cases.size() && forms < 20; i += 7) {
      JsonNode request = cases.get(i).path("request");
      JsonNode alone = search("?max=5", request).ok().json();
      Form form = new Form();
      for (String name : List.of("evmcs", "vpAssistPage")) {
        JsonNode page = ((ObjectNode) request.path("snapshot")).remove(name);
        if (page != null) {
          form.file(name, Base64.getDecoder().decode(page.asString()));
          forms++;
        }
      }
      form.text("request", request.toString());
      JsonNode answer = form.sendTo(service, PATH + "/pages?max=5").ok().json();
      assertThat(answer.toString().replace("\"/request/", "\"/")).isEqualTo(alone.toString());
    }
    assertThat(forms).isGreaterThanOrEqualTo(20);
    Answer problem =
        new Form().file("evmcs", new byte[7])
            .text("request", "{\"snapshot\": {}, \"entry\": {}}")
            .sendTo(service, PATH + "/pages");
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.json().path("errors").valueStream().map(it -> it.path("pointer").asString()))
        .contains("/evmcs", "/request/entry/instruction");
  }

  @Test
  void whatCannotBeDecidedIsTheSameProblemAsForADecision() {
    for (String body : List.of(
        "{\"snapshot\": {}, \"entry\": {\"instruction\": \"VMLAUNCH\"}}",
        "{\"snapshot\": {}, \"entry\": {\"instruction\": \"HLT\"}}")) {
      Answer problem = service.post("/v1/vm-entries", BodyPublishers.ofString(body));
      Answer same = service.post(PATH, BodyPublishers.ofString(body));
      assertThat(same.status()).as(body).isEqualTo(problem.status()).isGreaterThanOrEqualTo(400);
      assertThat(same.json().path("errors")).isEqualTo(problem.json().path("errors"));
    }
    Answer problem =
        search("?outcome=ENTER", RecordedLines.of("/vectors/entry.ndjson.gz").getFirst().path("request"));
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.json().path("detail").asString())
        .isEqualTo("The parameter outcome takes: ENTERS, VM_FAIL_INVALID, VM_FAIL_VALID, FAILED_ENTRY.");
  }

  private Answer search(String query, JsonNode request) {
    return service.post(PATH + query, BodyPublishers.ofString(request.toString()));
  }
}
