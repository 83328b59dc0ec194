package io.vmxdecision.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever the events are, each is answered as the contract says, and the whole as the stream does. */
@RunningService
class ScenarioFuzzTest {
  private static final long SEED = 20_261_128;
  private static final int SCENARIOS = 60;
  private static final int EVENTS = 40;
  private static final int BROKEN = 30;

  private final ServiceClient service;
  private final ServedContract contract;

  ScenarioFuzzTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
    this.contract = new ServedContract(service.get("/v3/api-docs").ok().json());
  }

  @Test
  void everyEventIsAStepOrAProblemAndTheStepsAreThoseOfTheWhole() {
    Map<Integer, Integer> lines = new TreeMap<>();
    Map<Integer, Integer> wholes = new TreeMap<>();
    for (int i = 0; i < SCENARIOS; i++) {
      RandomScenario scenario = new RandomScenario(new Random(SEED + i));
      ObjectNode machine = scenario.machine();
      String query = "?explain=" + (i % 2 == 0) + (i % 3 == 0 ? "&stale=changes" : "");
      ArrayNode events = RandomScenario.events(scenario, EVENTS, i % 4 == 0 ? BROKEN : 0);
      String context = "scenario " + i + " " + query + "\n" + machine + "\n" + events;

      boolean checked = i % 5 == 0;
      List<JsonNode> answers = stream(query, checked, machine, events);
      assertThat(answers).as(context).hasSize(EVENTS);
      ArrayNode possible = JsonMapper.shared().createArrayNode();
      List<JsonNode> steps = new ArrayList<>();
      for (int e = 0; e < EVENTS; e++) {
        JsonNode answer = answers.get(e);
        int status = answer.path("status").asInt(200);
        lines.merge(status, 1, Integer::sum);
        assertThat(status).as("event %d of %s\n%s", e, context, answer).isIn(200, 400, 422);
        JsonNode schema = contract.component(status == 200 ? "ScenarioStep" : "Problem");
        assertThat(contract.faults(schema, answer)).as("event %d of %s\n%s", e, context, answer).isEmpty();
        if (status == 200) {
          possible.add(events.get(e));
          steps.add(answer);
        }
      }
      int whole = whole(query, checked, machine, events).status();
      wholes.merge(whole, 1, Integer::sum);
      assertThat(whole).as(context).isIn(200, 400, 422);
      Answer played = whole(query, checked, machine, possible).ok();
      assertThat(played.json().path("steps").valueStream().toList()).as(context).isEqualTo(steps);
      if (i % 4 < 2) { // every broken one, and as many others
        assertThat(post("/v1/scenarios/selftest", checked, machine, events).status()).as(context)
            .isEqualTo(whole);
        assertThat(post("/v1/scenarios/selftest", checked, machine, possible).ok().body()).as(context)
            .contains("GUEST_DONE();");
      }
    }
    assertThat(lines.keySet()).containsExactly(200, 400, 422);
    assertThat(lines.get(200)).isGreaterThan(SCENARIOS * EVENTS / 3);
    assertThat(wholes.keySet()).contains(400, 422);
  }

  private List<JsonNode> stream(String query, boolean checked, ObjectNode machine, ArrayNode events) {
    StringBuilder body = new StringBuilder();
    ObjectNode start = JsonMapper.shared().createObjectNode().put("checkEntries", checked);
    body.append(start.set("machine", machine)).append('\n');
    events.forEach(event -> body.append(event).append('\n'));
    return service.send(
        service.request("/v1/scenarios/stream" + query).header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(body.toString())))
        .ok().body().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  private Answer whole(String query, boolean checked, ObjectNode machine, ArrayNode events) {
    return post("/v1/scenarios" + query, checked, machine, events);
  }

  private Answer post(String path, boolean checked, ObjectNode machine, ArrayNode events) {
    ObjectNode body = JsonMapper.shared().createObjectNode().put("checkEntries", checked);
    body.set("machine", machine);
    body.set("events", events);
    return service.post(path, BodyPublishers.ofString(body.toString()));
  }
}
