package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.StreamClient;
import io.vmxdecision.engine.profile.Profile;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class RecordedProfilesTest {
  private static final List<JsonNode> OF_THE_TEXT =
      RecordedLines.of("/vectors/profiles.ndjson.gz").stream()
          .filter(one -> one.path("expect").has("tlfs"))
          .toList();

  private final int port;
  private final ServiceClient service;

  RecordedProfilesTest(@LocalServerPort int port) {
    this.port = port;
    this.service = new ServiceClient(port);
  }

  @Test
  void eachKernelAnswersEachCaseAsItWasRecorded() throws JSONException {
    List<JsonNode> cases = RecordedLines.of("/vectors/profiles.ndjson.gz");
    assertThat(cases).hasSize(474);
    for (JsonNode one : cases) {
      for (String profile : Profile.ids()) {
        String name = one.path("id").asString() + " " + profile;
        JsonNode expected = one.path("expect").path(profile);
        Answer answer = service.decide(((ObjectNode) one.path("request")).put("profile", profile).toString());
        if (expected.has("problem")) {
          assertThat(answer.status()).as(name).isEqualTo(expected.path("problem").path("status").asInt());
        } else {
          JSONAssert.assertEquals(
              name, expected.toString(), answer.ok().body(), JSONCompareMode.STRICT_ORDER);
          assertThat(answer.json().path("profile").asString()).isEqualTo(profile);
        }
      }
    }
  }

  @Test
  void theTextIsAnsweredAsItWasRecordedAloneInABatchAndOnALine() throws IOException, JSONException {
    assertThat(OF_THE_TEXT).hasSize(74);
    List<String> requests =
        OF_THE_TEXT.stream()
            .map(one -> ((ObjectNode) one.path("request").deepCopy()).put("profile", "tlfs").toString())
            .toList();
    JsonNode batch =
        service
            .post(
                ServiceClient.BATCH,
                BodyPublishers.ofString("{\"requests\":[" + String.join(",", requests) + "]}"))
            .ok().json().path("results");
    try (StreamClient stream =
        new StreamClient(port, ServiceClient.DECISIONS + "/stream", "application/x-ndjson")) {
      stream.send(String.join("\n", requests));
      stream.end();
      for (int i = 0; i < requests.size(); i++) {
        JsonNode expected = OF_THE_TEXT.get(i).path("expect").path("tlfs");
        String name = OF_THE_TEXT.get(i).path("id").asString();
        Answer answer = service.decide(requests.get(i));
        JsonNode line = JsonMapper.shared().readTree(stream.readLine());
        if (expected.has("problem")) {
          assertThat(answer.problem(422).texts("/errors", "detail")).singleElement().asString()
              .startsWith("the TLFS does not route exits");
          assertThat(line).isEqualTo(answer.json());
          assertThat(batch.path(i).at("/problem/status").asInt()).isEqualTo(422);
        } else {
          assertIsText(name, expected, answer.ok().json());
          assertThat(line).as(name).isEqualTo(answer.json());
          assertThat(batch.path(i).path("decision")).as(name).isEqualTo(answer.json());
        }
      }
    }
  }

  @Test
  void anExplanationOfTheTextHasItsRulesAndWhatTheySaw() {
    JsonNode request = OF_THE_TEXT.getFirst().path("request").deepCopy();
    JsonNode answer = service.explain(((ObjectNode) request).put("profile", "tlfs").toString()).ok().json();
    assertThat(answer.path("explanation").valueStream()).extracting(row -> row.path("rule").asString())
        .containsExactly("T1", "T2", "T3", "T4", "T5", "T7", "T8", "T9", "T10", "T11");
    JsonNode first = answer.path("explanation").path(0);
    assertThat(first.path("met").asBoolean()).isTrue();
    assertThat(first.path("evidence").asString())
        .isEqualTo(
            "E1 met, E2 met, E3 met, E4 met, F2 met, F3 met, F4 met, F5 met;"
                + " eVMCS 0x000 revision_id = 0x1");
    assertThat(first.path("reference").asString()).startsWith("TLFS, ");
  }

  /** What is expected is there, and nothing is open but what is expected to be; sets have no order. */
  private static void assertIsText(String name, JsonNode expected, JsonNode answer) throws JSONException {
    ObjectNode rest = (ObjectNode) expected.deepCopy();
    rest.remove("openQuestions");
    assertThat(Set.copyOf(answer.path("openQuestions").findValuesAsString("pointer"))).as(name)
        .isEqualTo(Set.copyOf(expected.path("openQuestions").findValuesAsString("pointer")));
    JSONAssert.assertEquals(name, rest.toString(), answer.toString(), JSONCompareMode.LENIENT);
    if (rest.has("tlbMutations")) { // they have one
      JSONAssert.assertEquals(
          name,
          rest.path("tlbMutations").toString(),
          answer.path("tlbMutations").toString(),
          JSONCompareMode.STRICT_ORDER);
    }
    for (JsonNode question : answer.path("openQuestions")) {
      assertThat(question.path("text").asString()).as(name).endsWith(".");
      boolean minimum = question.path("pointer").asString().equals("/tlbMutations");
      assertThat(answer.at(question.path("pointer").asString()).isMissingNode()).as(name)
          .isNotEqualTo(minimum);
    }
    for (String none : List.of("registersAfter", "evmcsWrites")) {
      assertThat(answer.has(none)).as(name).isFalse();
    }
    assertThat(answer.path("profile").asString()).isEqualTo("tlfs");
  }

  @Test
  void theIdOfADecisionDependsOnTheProfileAndNotOnItsBeingNamed() {
    JsonNode request = RecordedLines.of("/vectors/profiles.ndjson.gz").getFirst().path("request");
    String unnamed = id(request);
    assertThat(id(((ObjectNode) request).put("profile", "kvm-6.12"))).isEqualTo(unnamed);
    assertThat(id(((ObjectNode) request).put("profile", "kvm-7.3"))).isNotEqualTo(unnamed);
  }

  private String id(JsonNode request) {
    return service.decide(request.toString()).ok().json().path("decisionId").asString();
  }
}
