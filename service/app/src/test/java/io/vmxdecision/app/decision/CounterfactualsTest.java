package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RequestChanges;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class CounterfactualsTest {
  private static final String PATH = "/v1/decisions/counterfactuals";

  private final ServiceClient service;

  CounterfactualsTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /** What a client does: write the changes into the request, and ask for the decision. */
  @ParameterizedTest
  @CsvSource({"l2-flush, 47", "ineligible, 11", "l1-flush, 13", "routing, 17"})
  void theChangesWrittenIntoTheRequestGiveWhatWasAnnounced(String vectors, int each) {
    List<JsonNode> cases = RecordedLines.of("/vectors/" + vectors + ".ndjson.gz");
    TreeSet<String> pointers = new TreeSet<>();
    for (int i = 0; i < cases.size(); i += each) {
      JsonNode request = cases.get(i).path("request");
      JsonNode answer = search("?max=60", request).ok().json();
      String name = cases.get(i).path("id").asString();
      assertThat(decide(List.of(request))).as(name).containsExactly(answer.path("now"));
      List<JsonNode> changed = new ArrayList<>();
      List<JsonNode> announced = new ArrayList<>();
      for (JsonNode set : answer.path("counterfactuals")) {
        changed.add(RequestChanges.apply(request, set.path("changes")));
        announced.add(set.path("becomes"));
        assertThat(set.path("flips")).as(name).isNotEmpty();
        for (JsonNode flip : set.path("flips")) {
          assertThat(set.path("becomes").path(flip.asString()))
              .as("%s %s", name, set)
              .isNotEqualTo(answer.path("now").path(flip.asString()));
        }
        for (JsonNode change : set.path("changes")) {
          pointers.add(change.path("pointer").asString());
          assertFromIsInTheRequest(name, request, change);
        }
      }
      if (!changed.isEmpty()) {
        assertThat(decide(changed)).as(name).isEqualTo(announced);
      }
    }
    assertThat(pointers).hasSizeGreaterThan(5);
  }

  /** Where the request has a value in that very place, it is the one told. */
  private static void assertFromIsInTheRequest(String name, JsonNode request, JsonNode change) {
    JsonNode given = request.at(change.path("pointer").asString());
    if (change.has("from") && !given.isMissingNode() && given.isValueNode()) {
      assertThat(change.path("from").asString()).as("%s %s", name, change).isEqualTo(given.asString());
    }
  }

  private List<JsonNode> decide(List<JsonNode> requests) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putArray("requests").addAll(requests);
    List<JsonNode> verdicts = new ArrayList<>();
    JsonNode results =
        service.post(ServiceClient.BATCH, BodyPublishers.ofString(body.toString())).ok().json()
            .path("results");
    for (JsonNode result : results) {
      JsonNode decision = result.path("decision");
      assertThat(decision.isObject()).as(result.toString()).isTrue();
      ObjectNode one = JsonMapper.shared().createObjectNode();
      one.set("handledBy", decision.path("handledBy"));
      if (decision.has("l2TlbFlush")) {
        one.set("eligible", decision.at("/l2TlbFlush/eligible"));
      }
      JsonNode hypercall = decision.path("hypercall");
      if (decision.has("hypercall")) {
        one.set("outcome",
            hypercall.has("statusName") ? hypercall.path("statusName") : hypercall.path("exception"));
      }
      if (decision.has("syntheticExit")) {
        one.set("syntheticExit", decision.path("syntheticExit"));
      }
      if (decision.has("exitToL1")) {
        one.set("exitToL1", decision.path("exitToL1"));
      }
      verdicts.add(one);
    }
    return verdicts;
  }

  @Test
  void onlyTheVerdictThatIsAskedForHasToFlip() {
    JsonNode request = SampleRequest.flush().json();
    JsonNode synthetic = search("?flips=syntheticExit", request).ok().json();
    assertThat(synthetic.path("counterfactuals")).isNotEmpty();
    for (JsonNode set : synthetic.path("counterfactuals")) {
      assertThat(set.path("flips").valueStream().map(JsonNode::asString)).contains("syntheticExit");
    }
    JsonNode handler = search("?flips=handledBy,eligible", request).ok().json();
    assertThat(handler.path("counterfactuals").size())
        .isPositive()
        .isLessThan(synthetic.path("counterfactuals").size());
  }

  @Test
  void theProfileDecidesAndALimitIsTold() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    JsonNode all = search("", request).ok().json();
    assertThat(all.path("truncated").asBoolean()).isFalse();
    JsonNode two = search("?max=2", request).ok().json();
    assertThat(two.path("truncated").asBoolean()).isTrue();
    assertThat(two.path("counterfactuals")).hasSize(2)
        .containsExactly(all.path("counterfactuals").get(0), all.path("counterfactuals").get(1));
    JsonNode old = search("", request.put("profile", "kvm-6.1")).ok().json();
    assertThat(old.path("profile").asString()).isEqualTo("kvm-6.1");
    assertThat(old.path("counterfactuals")).as("it has no L2 TLB flush, so nothing makes L0 keep a VMCALL")
        .isEmpty();
  }

  /** The pointers lead from the form on; a page that is a part of it is taken away there. */
  @Test
  void ofAFormWithPagesTheSameSetsAreFound() {
    int pages = 0;
    List<JsonNode> cases = RecordedLines.of("/vectors/ineligible.ndjson.gz");
    for (int i = 0; i < cases.size(); i += 9) {
      JsonNode request = cases.get(i).path("request");
      String alone = search("?max=60", request).ok().json().toString();
      Form form = new Form();
      for (String name : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
        JsonNode page = ((ObjectNode) request.path("snapshot")).remove(name);
        if (page != null) {
          form.file(name, Base64.getDecoder().decode(page.asString()));
          alone = alone.replace("\"pointer\":\"/snapshot/" + name + "\"", "\"pointer\":\"/" + name + "\"");
          pages++;
        }
      }
      form.text("request", request.toString());
      JsonNode answer = form.sendTo(service, PATH + "/pages?max=60").ok().json();
      assertThat(answer.toString().replace("\"/request/", "\"/")).isEqualTo(alone);
    }
    assertThat(pages).isPositive();
    Answer problem =
        new Form()
            .text("request", "{\"profile\": \"tlfs\", \"snapshot\": {}, \"exit\": {\"reason\": \"0xc\"}}")
            .sendTo(service, PATH + "/pages");
    assertThat(problem.status()).isEqualTo(422);
    assertThat(problem.json().at("/errors/0/pointer").asString()).isEqualTo("/request/profile");
  }

  @Test
  void theTextIsNoKernel() {
    Answer problem = search("", ((ObjectNode) SampleRequest.flush().json()).put("profile", "tlfs"));
    assertThat(problem.status()).isEqualTo(422);
    assertThat(problem.json().at("/errors/0/pointer").asString()).isEqualTo("/profile");
  }

  @Test
  void whatCannotBeDecidedIsTheSameProblemAsForADecision() {
    for (String body : List.of(
        "{\"snapshot\": {}, \"exit\": {\"reason\": \"0xc\"}}",
        "{\"snapshot\": {\"vcpu\": 3}, \"exit\": {\"reason\": \"0xzz\"}}",
        "{\"snapshot\": {\"vcpu\": 3}, \"exit\": {\"reason\": \"0x12\"}}",
        "[")) {
      Answer problem = service.decide(body);
      Answer same = service.post(PATH, BodyPublishers.ofString(body));
      assertThat(same.status()).as(body).isEqualTo(problem.status()).isGreaterThanOrEqualTo(400);
      assertThat(same.json().path("errors")).isEqualTo(problem.json().path("errors"));
    }
    for (Map.Entry<String, String> wrong : Map.of(
        "?max=0", "The parameter max has to be 1 to 1000.",
        "?flips=profile", "The parameter flips takes: handledBy, eligible, syntheticExit, outcome.")
        .entrySet()) {
      Answer problem = search(wrong.getKey(), SampleRequest.flush().json());
      assertThat(problem.status()).isEqualTo(400);
      assertThat(problem.json().path("detail").asString()).isEqualTo(wrong.getValue());
    }
  }

  private Answer search(String query, JsonNode request) {
    return service.post(PATH + query, BodyPublishers.ofString(request.toString()));
  }
}
