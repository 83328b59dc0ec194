package io.vmxdecision.engine.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.tlfs.OpenQuestion;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsEngine;
import io.vmxdecision.engine.tlfs.TlfsEvidence;
import io.vmxdecision.engine.tlfs.TlfsOutcome;
import io.vmxdecision.engine.tlfs.TlfsRule;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of every answer of the profile {@code tlfs}, over the cases recorded of all profiles. */
class TlfsLawsTest {
  private static final Set<TlfsOutcome> NOBODY =
      Set.of(TlfsOutcome.HV_STATUS_SUCCESS, TlfsOutcome.HV_STATUS_INVALID_PARAMETER);

  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final TlfsDecision decision = new TlfsDecision();

  @ParameterizedTest
  @ValueSource(strings = {"ineligible", "l1-flush", "l2-flush", "profiles", "routing"})
  void whatIsAbsentIsNamed(String vectors) {
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      if (decision.isDecided()) {
        boolean fromL2 = exit.from() == Level.L2;
        Set<OpenQuestion> open = decision.openQuestions();
        boolean callIsOpen = open.stream().anyMatch(question -> question.pointer().equals("/hypercall"));
        assertThat(decision.handledBy() == null)
            .as(one.id())
            .isEqualTo(open.contains(OpenQuestion.HANDLED_BY));
        assertThat(fromL2 && decision.evmcsActive() == null)
            .as(one.id())
            .isEqualTo(open.contains(OpenQuestion.EVMCS_ACTIVE));
        assertThat(decision.isCall()).as(one.id()).isEqualTo(decision.handledBy() == Level.L0);
        if (decision.isCall()) {
          assertThat(decision.allowed().isEmpty()).as(one.id()).isEqualTo(callIsOpen);
          assertThat(decision.areMutationsKnown() || callIsOpen).as(one.id()).isTrue();
          assertThat(decision.syntheticExit() == null)
              .as(one.id())
              .isEqualTo(open.contains(OpenQuestion.SYNTHETIC_EXIT)
                  || (callIsOpen && (fromL2 || !decision.areMutationsKnown())));
        }
      }
    }
  }

  /** What is compared with a kernel is explained: each decided property has a rule that speaks of it. */
  @ParameterizedTest
  @ValueSource(strings = {"ineligible", "l1-flush", "l2-flush", "profiles"})
  void eachDecidedPropertyHasARuleThatSpeaksAndEachRuleLookedAtSaysWhatItSaw(String vectors) {
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      if (decision.isDecided()) {
        TlfsJson.of(snapshot, exit, decision).propertyNames().stream()
            .filter(name -> !name.equals("openQuestions"))
            .filter(name -> exit.from() == Level.L2 || !Set.of("handledBy", "syntheticExit").contains(name))
            .forEach(
                name -> assertThat(decision.rules())
                    .as("%s %s", one.id(), name)
                    .anyMatch(rule -> rule.bearsOn("/" + name)));
        for (TlfsRule rule : TlfsRule.values()) {
          if (decision.facts().looked(rule)) {
            assertThat(TlfsEvidence.of(rule, snapshot, exit, decision)).as("%s %s", one.id(), rule)
                .isNotEmpty();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ineligible", "l1-flush", "l2-flush", "profiles"})
  void onlySuccessFlushesAndAnErrorExcludesIt(String vectors) {
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      Set<TlfsOutcome> allowed = decision.allowed();
      assertThat(decision.targetCount() == 0 || decision.isSuccess()).as(one.id()).isTrue();
      if (allowed.size() > 1 && allowed.contains(TlfsOutcome.HV_STATUS_SUCCESS)) {
        assertThat(allowed).as(one.id()).isEqualTo(NOBODY);
      }
      if (decision.syntheticExit() != null && decision.syntheticExit()) {
        assertThat(decision.isSuccess() && exit.from() == Level.L2).as(one.id()).isTrue();
      }
    }
  }

  /** VMCALL always exits: where the TLFS speaks of an exit, a kernel decides it, too. */
  @ParameterizedTest
  @ValueSource(strings = {"ineligible", "l1-flush", "l2-flush", "routing"})
  void whatTheTextDecidesAKernelDecides(String vectors) {
    DecisionEngine kernel = new DecisionEngine();
    Decision other = new Decision();
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      one.fill(snapshot, exit);
      TlfsEngine.decide(snapshot, exit, decision);
      kernel.decide(snapshot, exit, other);
      if (decision.isDecided()) {
        assertThat(other.outcome()).as(one.id()).isEqualTo(Outcome.DECIDED);
      }
      if (decision.handledBy() == Level.L1) {
        assertThat(other.handledBy()).as(one.id()).isEqualTo(Level.L1);
      }
    }
  }
}
