package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.profile.Profile;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class CompareTest {
  private static final Set<String> OF_ITSELF = Set.of("id", "decisionId", "profile", "explanation");

  private final ServiceClient service;

  CompareTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /** The recorded rules are those by which any two kernels part, found with the kernels' own code. */
  @Test
  void eachRecordedCasePartsByTheRulesThatWereRecorded() {
    List<JsonNode> cases = RecordedLines.of("/vectors/profiles.ndjson.gz");
    Set<String> seen = new TreeSet<>();
    for (JsonNode one : cases) {
      String name = one.path("id").asString();
      JsonNode answer = compare(null, one.path("request")).ok().json();
      Set<String> rules = new TreeSet<>();
      for (JsonNode difference : answer.path("differences")) {
        assertThat(difference.path("rules")).as("%s %s", name, difference).isNotEmpty();
        difference.path("rules").forEach(rule -> rules.add(rule.asString()));
        assertThat(difference.path("text").asString()).as(name).endsWith(".");
        for (String profile : Profile.ids()) {
          assertThat(difference.path("values").path(profile))
              .as("%s %s", name, difference)
              .isEqualTo(
                  answer.at("/answers/" + profile + "/decision" + difference.path("pointer").asString()));
        }
      }
      if (one.has("rules") && !hasProblem(answer)) {
        assertThat(rules).as(name).isEqualTo(strings(one.path("rules")));
      }
      assertThat(answer.path("differences").isEmpty()).as(name).isEqualTo(areEqual(answer));
      seen.addAll(rules);
    }
    assertThat(seen).as("each row of the table of differences shows")
        .contains("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9");
  }

  @Test
  void theAnswersAreThoseOfTheProfilesAskedOneByOne() {
    JsonNode request = SampleRequest.flush().json();
    JsonNode answer = compare(List.of("kvm-7.3", "kvm-6.1"), request).ok().json();
    assertThat(answer.path("answers").propertyNames()).containsExactly("kvm-7.3", "kvm-6.1");
    for (String profile : List.of("kvm-7.3", "kvm-6.1")) {
      ObjectNode alone = ((ObjectNode) request.deepCopy()).put("profile", profile);
      assertThat(answer.at("/answers/" + profile + "/decision"))
          .isEqualTo(service.decide(alone.toString()).ok().json());
    }
    JsonNode first = answer.path("differences").valueStream()
        .filter(it -> it.path("pointer").asString().equals("/handledBy")).findFirst().orElseThrow();
    assertThat(first.path("values").toString()).isEqualTo("{\"kvm-7.3\":\"L0\",\"kvm-6.1\":\"L1\"}");
    assertThat(first.path("rules").toString()).isEqualTo("[\"P1\"]");
    assertThat(first.path("text").asString()).startsWith("kvm-6.1: no L2 TLB flush.");
  }

  @Test
  void explanationsAreThereWhenAskedForAndAreNotCompared() {
    String body = body(null, SampleRequest.flush().json());
    JsonNode answer =
        service.post("/v1/decisions/compare?explain=true", BodyPublishers.ofString(body)).ok().json();
    assertThat(answer.at("/answers/kvm-6.1/decision/explanation")).isNotEmpty();
    assertThat(answer.path("differences").valueStream())
        .extracting(it -> it.path("pointer").asString()).isNotEmpty().doesNotContain("/explanation");
  }

  @Test
  void aProfileThatCannotDecideHasAProblemInItsPlace() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).putArray("vcpus").addObject().put("vpIndex", 2000);
    JsonNode answer = compare(null, request).ok().json();
    assertThat(answer.at("/answers/kvm-6.1/problem/status").asInt()).isEqualTo(422);
    assertThat(answer.at("/answers/kvm-6.1/problem/errors/0/pointer").asString())
        .startsWith("/request/snapshot/vcpus");
    assertThat(answer.at("/answers/kvm-7.3/decision/handledBy").asString()).isEqualTo("L0");
  }

  @Test
  void whatContradictsItselfIsAProblemOfEachProfile() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).put("vcpu", 3);
    JsonNode answer = compare(null, request).ok().json();
    for (String profile : Profile.ids()) {
      assertThat(answer.at("/answers/" + profile + "/problem/errors/0/pointer").asString())
          .isEqualTo("/request/snapshot/vcpu");
    }
    assertThat(answer.path("differences")).isEmpty();
  }

  @Test
  void allFaultsOfTheProfilesAreToldAtOnce() {
    ObjectNode request = ((ObjectNode) SampleRequest.flush().json()).put("profile", "kvm-6.12");
    Answer refused = compare(List.of("kvm-6.1", "kvm-5.4", "kvm-6.1"), request).problem(400);
    assertThat(refused.texts("/errors", "pointer"))
        .containsExactly("/request/profile", "/profiles/1", "/profiles/2");
    assertThat(refused.texts("/errors", "detail").get(1)).contains("kvm-6.1, kvm-6.12, kvm-7.3");
    assertThat(
        compare(List.of("kvm-6.1"), SampleRequest.flush().json()).problem(400).texts("/errors", "pointer"))
        .containsExactly("/profiles");
  }

  @Test
  void aFaultOfTheRequestIsOneOfTheWholeCall() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).put("vcpu", 5000).put("none", 1);
    assertThat(compare(null, request).problem(400).texts("/errors", "pointer"))
        .containsExactlyInAnyOrder("/request/snapshot/vcpu", "/request/snapshot/none");
  }

  private Answer compare(@Nullable List<String> profiles, JsonNode request) {
    return service.post("/v1/decisions/compare", BodyPublishers.ofString(body(profiles, request)));
  }

  private static String body(@Nullable List<String> profiles, JsonNode request) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    if (profiles != null) {
      profiles.forEach(body.withArray("profiles")::add);
    }
    return body.set("request", request).toString();
  }

  private static boolean hasProblem(JsonNode answer) {
    return answer.path("answers").valueStream().anyMatch(it -> it.has("problem"));
  }

  private static boolean areEqual(JsonNode answer) {
    Set<JsonNode> different = new HashSet<>();
    for (JsonNode one : answer.path("answers")) {
      if (one.has("decision")) {
        ObjectNode decision = (ObjectNode) one.path("decision").deepCopy();
        decision.remove(OF_ITSELF);
        if (decision.has("l2TlbFlush")) {
          ((ObjectNode) decision.path("l2TlbFlush")).remove("supported");
        }
        different.add(decision);
      }
    }
    return different.size() <= 1;
  }

  private static Set<String> strings(JsonNode array) {
    Set<String> strings = new TreeSet<>();
    array.forEach(it -> strings.add(it.asString()));
    return strings;
  }
}
