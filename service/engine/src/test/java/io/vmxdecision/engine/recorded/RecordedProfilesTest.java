package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The recorded cases of the profiles: each as every kernel decides it. */
class RecordedProfilesTest {
  private static final List<RecordedCase> CASES = RecordedCase.all("/vectors/profiles.ndjson.gz");

  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final Decision decision = new Decision();

  static List<Profile> kernels() {
    return Profile.all();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aKernelDecidesEachCaseAsItWasRecorded(Profile kernel) throws JSONException {
    assertThat(CASES).hasSize(474);
    DecisionEngine engine = DecisionEngine.of(kernel);
    for (RecordedCase one : CASES) {
      one.fill(snapshot, exit);
      engine.decide(snapshot, exit, decision);
      JsonNode expected = one.expect().path(kernel.id());
      boolean decided = decision.outcome() == Outcome.DECIDED;
      assertThat(decided).as(one.id()).isEqualTo(!expected.has("problem"));
      if (decided) {
        if (expected.path("l2TlbFlush") instanceof ObjectNode flush) {
          // The answer of the service takes it from the profile; it is no part of a decision.
          assertThat(flush.remove("supported").asBoolean())
              .as(one.id())
              .isEqualTo(!kernel.has(Departure.NO_L2_TLB_FLUSH));
        }
        JSONAssert.assertEquals(
            one.id() + " " + kernel.id(),
            expected.toString(),
            DecisionJson.of(snapshot, exit, decision),
            JSONCompareMode.STRICT_ORDER);
      }
    }
  }

  /** Golden: each row of the table of differences shows in a case, and where its case says that it does. */
  @Test
  void aSwitchTurnedTheOtherWayIsNoticed() {
    Set<Departure> noticed = EnumSet.noneOf(Departure.class);
    for (RecordedCase one : CASES) {
      one.fill(snapshot, exit);
      Set<String> rules = new TreeSet<>();
      for (Profile kernel : Profile.all()) {
        String answer = answer(kernel);
        for (Profile other : Profile.all()) {
          for (Departure departure : kernel.departures().differing(other.departures())) {
            Profile turned = kernel.with(kernel.departures().taking(departure, other.departures()));
            if (!answer.equals(answer(turned))) {
              noticed.add(departure);
              rules.add(departure.id());
            }
          }
        }
      }
      one.rules().forEach(rule -> assertThat(rules).as(one.id()).contains(rule));
    }
    assertThat(noticed).containsExactly(Departure.values());
  }

  private String answer(Profile profile) {
    DecisionEngine.of(profile).decide(snapshot, exit, decision);
    return decision.outcome() == Outcome.DECIDED
        ? DecisionJson.of(snapshot, exit, decision)
        : decision.outcome().name();
  }
}
