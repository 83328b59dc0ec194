package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.FlushScenario;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EligibilityRulesTest {
  private final FlushScenario call = new FlushScenario();

  static Stream<Arguments> failures() {
    return Stream.of(
        failure(EnlightenedVmcsRules.E2, c -> c.enlightenVmentry = false),
        failure(EnlightenedVmcsRules.E3, c -> c.currentNestedVmcs = -1),
        failure(EnlightenedVmcsRules.E3, c -> c.currentNestedVmcs = -2),
        failure(EnlightenedVmcsRules.E5, c -> c.revision = 2),
        failure(EnlightenedVmcsRules.E5, c -> c.revision = 0),
        failure(EligibilityRules.F2, c -> c.nestedFlushHypercall = false),
        failure(EligibilityRules.F3, c -> c.directHypercall = false),
        failure(EligibilityRules.F4, c -> c.cpuidDirectFlush = false),
        failure(EligibilityRules.F5, c -> c.code = 0x4),
        failure(EligibilityRules.F5, c -> c.code = 0x15));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void oneConditionThatFailsSendsTheCallToL1(Rule rule, Consumer<FlushScenario> failure) {
    failure.accept(call);
    Decision decision = call.decide();
    assertThat(decision.looked(rule)).isTrue();
    assertThat(decision.met(rule)).isFalse();
    assertThat(decision.isL2TlbFlushEligible()).isFalse();
    assertThat(decision.handledBy()).isEqualTo(Level.L1);
    assertThat(decision.hypercall().isHandled()).isFalse();
    assertThat(decision.exitToL1().reason()).isEqualTo(0x12);
  }

  @Test
  void bothRevisionsAreGood() {
    assertThat(call.decide().isL2TlbFlushEligible()).isTrue();
    call.revision = 0x11e57ed0;
    assertThat(call.decide().isL2TlbFlushEligible()).isTrue();
  }

  @Test
  void allFiveConditionsAreAlwaysLookedAt() {
    call.enlightenVmentry = false;
    call.directHypercall = false;
    Decision decision = call.decide();
    assertThat(new Rule[]{EligibilityRules.F1, EligibilityRules.F2, EligibilityRules.F3, EligibilityRules.F4,
      EligibilityRules.F5}).allMatch(decision::looked);
    assertThat(new Rule[]{EligibilityRules.F1, EligibilityRules.F2, EligibilityRules.F3})
        .noneMatch(decision::met);
    assertThat(new Rule[]{EligibilityRules.F4, EligibilityRules.F5}).allMatch(decision::met);
  }

  @Test
  void outside64BitModeTheCodeIsInRax() {
    call.longMode = false;
    assertThat(call.decide().isL2TlbFlushEligible()).isTrue();
    call.exit.registers().general(0, 0x4);
    assertThat(EligibilityRules.flushCode(call.exit)).isNull();
  }

  @Test
  void onlyTheCodeCountsForEligibility() {
    call.reservedBits = 0xf000_f000_f800_0000L;
    assertThat(call.decide().isL2TlbFlushEligible()).isTrue();
  }

  @Test
  void fromL1AnythingButAFlushCallIsUndecidable() {
    call.from = Level.L1;
    call.code = 0x4;
    assertThat(call.decide().outcome()).isEqualTo(Outcome.NOT_A_FLUSH_HYPERCALL);
  }

  private static Arguments failure(Rule rule, Consumer<FlushScenario> failure) {
    return Arguments.of(rule, failure);
  }
}
