package io.vmxdecision.engine.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

/** What holds of a decision that was carried out, whatever it was. */
class AppliedDecisionLawsTest {
  private static final DecisionEngine ENGINE = new DecisionEngine();
  private static final int FAILED_ENTRY = 1 << 31;

  @Provide
  Arbitrary<FlushScenario> calls() {
    return FlushScenarios.any();
  }

  @Property
  void everyWriteReadsBackAndNoOtherByteOfThePageChanges(
      @ForAll @IntRange(max = 74) int reason, @ForAll boolean failedEntry, @ForAll Random random) {
    ExitScenario exit = ExitScenario.random(failedEntry ? reason | FAILED_ENTRY : reason, random);
    byte[] expected = exit.page.clone();
    Decision decision = exit.decide();
    EvmcsWrites writes = decision.exitToL1().evmcsWrites();
    decision.applyTo(exit.snapshot, exit.exit);
    for (int i = 0; i < writes.count(); i++) {
      EvmcsField field = writes.field(i);
      assertThat(exit.evmcs.value(field)).as(field.linuxName()).isEqualTo(writes.after(i));
      System.arraycopy(exit.page, field.offset(), expected, field.offset(), field.bytes());
    }
    assertThat(exit.page).isEqualTo(expected);
    Statistics.collect(writes.count() != 0);
    Statistics.coverage(seen -> seen.check(true).percentage(p -> p > 30));
  }

  @Property
  void theSameExitAgainHasNothingMoreToWrite(
      @ForAll @IntRange(max = 74) int reason, @ForAll boolean failedEntry, @ForAll Random random) {
    ExitScenario exit = ExitScenario.random(failedEntry ? reason | FAILED_ENTRY : reason, random);
    Decision first = exit.decide();
    List<Long> registers = registers(exit.exit.registers());
    first.applyTo(exit.snapshot, exit.exit);
    Statistics.collect(first.hypercall().isHandled() ? "handled" : "not handled");
    if (first.hypercall().isHandled()) {
      return; // its registers are those of the next instruction
    }
    assertThat(registers(exit.exit.registers())).isEqualTo(registers);
    Decision second = exit.decide();
    assertThat(second.handledBy()).isEqualTo(first.handledBy());
    assertThat(second.exitToL1().isPresent()).isEqualTo(first.exitToL1().isPresent());
    assertThat(second.exitToL1().evmcsWrites().count()).isZero();
    Statistics.coverage(seen -> seen.check("not handled").percentage(p -> p > 90));
  }

  @Property
  void queuesHoldWhatTheMutationsSayAndOthersStay(@ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    VirtualProcessors vcpus = call.snapshot.vcpus();
    List<List<Long>> expected = new ArrayList<>();
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      expected.add(queue(vcpus, vcpu, Level.L1));
      expected.add(queue(vcpus, vcpu, Level.L2));
    }
    List<List<Long>> before = List.copyOf(expected);
    TlbMutation mutation = new TlbMutation().wrap(call.snapshot, decision);
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      mutation.at(i);
      List<Long> after = new ArrayList<>();
      for (int k = 0; k < mutation.pendingAfterCount(); k++) {
        after.add(mutation.pendingAfter(k));
      }
      expected.set(2 * mutation.vcpu() + (mutation.fifo() == Level.L2 ? 1 : 0), after);
    }
    decision.applyTo(call.snapshot, call.exit);
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      assertThat(queue(vcpus, vcpu, Level.L1)).isEqualTo(expected.get(2 * vcpu));
      assertThat(queue(vcpus, vcpu, Level.L2)).isEqualTo(expected.get(2 * vcpu + 1));
    }
    Statistics.collect(!before.equals(expected));
    Statistics.coverage(seen -> seen.check(true).percentage(p -> p > 10));
  }

  @Property
  void theCallerFindsRaxRdxAndRipAsTheCallLeftThemAndNothingElseChanged(
      @ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    List<Long> expected = registers(call.exit.registers());
    if (decision.hypercall().isHandled()) {
      expected.set(Registers.RAX, decision.hypercall().raxAfter());
      expected.set(Registers.RDX, decision.hypercall().rdxAfter());
      expected.set(Registers.GENERAL, decision.hypercall().ripAfter());
    }
    decision.applyTo(call.snapshot, call.exit);
    assertThat(registers(call.exit.registers())).isEqualTo(expected);
    Statistics.collect(decision.hypercall().isHandled());
    Statistics.coverage(seen -> seen.check(true).percentage(p -> p > 30));
  }

  /** The guest loads its registers and makes the same call again. */
  @Property
  void theSameCallAgainFindsTheQueuesAndThePageOfTheFirst(@ForAll("calls") FlushScenario call) {
    Decision first = call.decide();
    Registers registers = call.exit.registers();
    List<Long> asked = registers(registers);
    first.applyTo(call.snapshot, call.exit);
    VirtualProcessors vcpus = call.snapshot.vcpus();
    for (int i = 0; i < Registers.GENERAL; i++) {
      registers.general(i, asked.get(i));
    }
    registers.rip(asked.get(Registers.GENERAL));

    Decision second = new Decision();
    ENGINE.decide(call.snapshot, call.exit, second);
    assertThat(second.handledBy()).isEqualTo(first.handledBy());
    assertThat(second.hypercall().result()).isEqualTo(first.hypercall().result());
    assertThat(second.isSyntheticExit()).isEqualTo(first.isSyntheticExit());
    assertThat(second.exitToL1().evmcsWrites().count()).isZero();
    assertThat(second.tlbMutations().count()).isEqualTo(first.tlbMutations().count());
    TlbMutation mutation = new TlbMutation().wrap(call.snapshot, second);
    for (int i = 0; i < second.tlbMutations().count(); i++) {
      mutation.at(i);
      List<Long> before = new ArrayList<>();
      for (int k = 0; k < mutation.pendingBeforeCount(); k++) {
        before.add(mutation.pendingBefore(k));
      }
      assertThat(before).isEqualTo(queue(vcpus, mutation.vcpu(), mutation.fifo())).isNotEmpty();
    }
  }

  private static List<Long> queue(VirtualProcessors vcpus, int vcpu, Level fifo) {
    List<Long> queue = new ArrayList<>();
    for (int i = 0; i < vcpus.pendingCount(vcpu, fifo); i++) {
      queue.add(vcpus.pending(vcpu, fifo, i));
    }
    return queue;
  }

  /** The general-purpose registers, then RIP and RFLAGS. */
  private static List<Long> registers(Registers registers) {
    List<Long> all = new ArrayList<>();
    for (int i = 0; i < Registers.GENERAL; i++) {
      all.add(registers.general(i));
    }
    all.add(registers.rip());
    all.add(registers.rflags());
    return all;
  }
}
