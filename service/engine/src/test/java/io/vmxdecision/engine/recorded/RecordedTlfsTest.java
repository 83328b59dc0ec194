package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.tlfs.OpenQuestion;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsEngine;
import io.vmxdecision.engine.tlfs.TlfsRule;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The recorded cases of {@code tlfs}: what the text says of each, by hand. */
class RecordedTlfsTest {
  private static final List<RecordedCase> CASES = RecordedCase.all("/vectors/profiles.ndjson.gz");

  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final TlfsDecision decision = new TlfsDecision();

  @Test
  void eachCaseIsAnsweredAsTheTextHasIt() {
    int compared = 0;
    for (RecordedCase one : CASES) {
      if (!(one.expect().path("tlfs") instanceof ObjectNode expected)) {
        continue;
      }
      compared++;
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      assertThat(decision.isDecided()).as(one.id()).isEqualTo(!expected.has("problem"));
      if (!decision.isDecided()) {
        continue;
      }
      ObjectNode answer = TlfsJson.of(snapshot, exit, decision);
      for (Map.Entry<String, JsonNode> property : expected.properties()) {
        JsonNode actual = answer.path(property.getKey());
        switch (property.getKey()) {
          case "openQuestions" -> { // below
          }
          case "hypercall" -> assertHolds(one.id(), property.getValue(), actual);
          default -> assertThat(actual).as(one.id()).isEqualTo(property.getValue());
        }
      }
      Set<String> pointers =
          expected.path("openQuestions").valueStream()
              .map(question -> question.path("pointer").asString())
              .collect(Collectors.toSet());
      assertThat(decision.openQuestions().stream().map(OpenQuestion::pointer).collect(Collectors.toSet()))
          .as(one.id())
          .isEqualTo(pointers);
    }
    assertThat(compared).isEqualTo(74);
  }

  @Test
  void eachRuleAndEachOpenQuestionHasACase() {
    Set<TlfsRule> rules = EnumSet.noneOf(TlfsRule.class);
    Set<OpenQuestion> questions = EnumSet.noneOf(OpenQuestion.class);
    for (RecordedCase one : CASES) {
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      rules.addAll(decision.rules());
      questions.addAll(decision.openQuestions());
    }
    assertThat(rules).containsExactly(TlfsRule.values());
    assertThat(questions).containsExactly(OpenQuestion.values());
  }

  /** "Allowed" is a set; of one outcome the expected properties must be there. */
  private static void assertHolds(String id, JsonNode expected, JsonNode actual) {
    if (expected.has("allowed")) {
      assertThat(actual.path("allowed").valueStream().collect(Collectors.toSet()))
          .as(id)
          .isEqualTo(expected.path("allowed").valueStream().collect(Collectors.toSet()));
    } else {
      expected.properties().forEach(
          property -> assertThat(actual.path(property.getKey())).as(id).isEqualTo(property.getValue()));
    }
  }
}
