package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioStep;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every recorded scenario, step by step and whole: no property more or less. */
class RecordedScenariosTest {
  private final ScenarioStep step = new ScenarioStep();

  @ParameterizedTest
  @CsvSource({"/vectors/scenario.ndjson.gz, 347", "/captures/real-run-scenarios.ndjson.gz, 3"})
  void aScenarioGoesAsItWasRecorded(String resource, int count) {
    List<RecordedCase> cases = RecordedCase.all(resource);
    assertThat(cases).hasSize(count);
    SoftAssertions all = new SoftAssertions();
    for (RecordedCase one : cases) {
      play(one, all);
    }
    all.assertAll();
  }

  private void play(RecordedCase one, SoftAssertions all) {
    Scenario scenario = ScenarioJson.scenario(one.request().path("machine"));
    List<ScenarioEvent> events = ScenarioJson.events(one.request().path("events"));
    JsonNode expected = one.expect().path("steps");
    assertThat(expected.size()).as(one.id()).isEqualTo(events.size());
    for (int i = 0; i < events.size(); i++) {
      ScenarioEvent event = events.get(i);
      assertThat(scenario.play(event, step)).as("%s, event %d", one.id(), i).isNull();
      // Read back, so that its numbers are of the width that the recorded ones were read with.
      JsonNode got =
          JsonMapper.shared().readTree(StepJson.of(scenario, event, step).toString());
      if (!got.equals(expected.get(i))) {
        all.assertThat(got).as("%s, event %d %s", one.id(), i, event).isEqualTo(expected.get(i));
        // The rest of a scenario that has gone astray tells nothing.
        return;
      }
    }
  }
}
