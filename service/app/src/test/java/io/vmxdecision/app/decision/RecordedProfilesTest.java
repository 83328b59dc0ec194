package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class RecordedProfilesTest {
  private final ServiceClient service;

  RecordedProfilesTest(@LocalServerPort int port) {
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
