package io.vmxdecision.engine.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.recorded.DecisionJson;
import io.vmxdecision.engine.rules.CompletionRules;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.rules.Rules;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

// Edge cases stand in the generators already, with a weight.
@PropertyDefaults(edgeCases = EdgeCasesMode.NONE)
class FlushLawsTest {
  private static final DecisionEngine ENGINE = new DecisionEngine();

  /** Reused by all tries, as callers do: what a decision left behind must not show in the next. */
  private static final Decision REUSED = new Decision();

  @Provide
  Arbitrary<FlushScenario> calls() {
    return FlushScenarios.any();
  }

  @Property
  void aFullQueueAlwaysHoldsAFlushAll(@ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    TlbMutation mutation = new TlbMutation().wrap(call.snapshot, decision);
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      mutation.at(i);
      int count = mutation.pendingAfterCount();
      boolean flushAll = false;
      for (int k = 0; k < count; k++) {
        flushAll |= mutation.isFlushAll(k);
      }
      assertThat(count).isLessThanOrEqualTo(VirtualProcessors.FIFO_SIZE);
      assertThat(count < VirtualProcessors.FIFO_SIZE || flushAll).isTrue();
    }
  }

  @Property
  void everyTargetEndsUpFlushingWhatWasAskedFor(@ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    TlbMutation mutation = new TlbMutation().wrap(call.snapshot, decision);
    int entries = decision.hypercall().request().entryCount();
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      mutation.at(i);
      int after = mutation.pendingAfterCount();
      int added = after - mutation.pendingBeforeCount();
      boolean flushAll = false;
      for (int k = 0; k < after; k++) {
        flushAll |= mutation.isFlushAll(k);
      }
      assertThat(flushAll || (entries > 0 && added == entries)).isTrue();
    }
  }

  @Property
  void anIneligibleOrRejectedCallChangesNoQueue(@ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    boolean success = decision.hypercall().isHandled()
        && !decision.hypercall().isInvalidOpcode()
        && decision.hypercall().status() == HypercallStatus.HV_STATUS_SUCCESS;
    // The one error after the flush: the partition assist page could not be read (C1).
    boolean lateError = decision.looked(CompletionRules.C1) && !decision.met(CompletionRules.C1);
    Statistics.collect(success ? "success" : lateError ? "late error" : "rejected or ineligible");
    Statistics.coverage(
        seen -> {
          seen.check("success").percentage(p -> p > 10);
          seen.check("rejected or ineligible").percentage(p -> p > 10);
          seen.check("late error").count(c -> c > 0);
        });
    assertThat(success || lateError || decision.tlbMutations().count() == 0).isTrue();
  }

  @Property
  void aCallOfL2IsHandledByL0IfAndOnlyIfItIsEligible(@ForAll("calls") FlushScenario call) {
    call.from = Level.L2;
    Decision decision = call.decide();
    assertThat(decision.isL2TlbFlushEligible()).isEqualTo(call.isMeantToBeEligible());
    assertThat(decision.handledBy()).isEqualTo(call.isMeantToBeEligible() ? Level.L0 : Level.L1);
    assertThat(decision.hypercall().isHandled()).isEqualTo(call.isMeantToBeEligible());
  }

  @Property
  void l1GetsTheSyntheticExitOnlyAfterSuccessWithALockCount(@ForAll("calls") FlushScenario call) {
    Decision decision = call.decide();
    Integer count = call.tlbLockCount;
    boolean expected = call.from == Level.L2
        && decision.hypercall().isHandled()
        && !decision.hypercall().isInvalidOpcode()
        && decision.hypercall().status() == HypercallStatus.HV_STATUS_SUCCESS
        && count != null
        && count != 0;
    assertThat(decision.isSyntheticExit()).isEqualTo(expected);
  }

  @Property
  void decisionsAreDeterministicAndLeaveNothingBehind(@ForAll("calls") FlushScenario call) {
    Decision fresh = call.decide();
    ENGINE.decide(call.snapshot, call.exit, REUSED);
    assertThat(json(call, REUSED)).isEqualTo(json(call, fresh));
    assertThat(REUSED.rulesLooked()).isEqualTo(fresh.rulesLooked());
    assertThat(REUSED.rulesMet()).isEqualTo(fresh.rulesMet());
  }

  @Property
  void aDecisionDoesNotDependOnBitsOfThePagesThatNoRuleNames(
      @ForAll("calls") FlushScenario call,
      @ForAll @IntRange(max = PageView.PAGE_BYTES * 8 - 1) int evmcsBit,
      @ForAll @IntRange(max = PageView.PAGE_BYTES * 8 - 1) int vpAssistBit,
      @ForAll @IntRange(min = 32, max = PageView.PAGE_BYTES * 8 - 1) int partitionAssistBit) {
    call.fill();
    String before = decideAgain(call);
    byte[] evmcs = pageOf(call);
    flip(evmcs, NamedBits.EVMCS.get(evmcsBit) ? 0x1000 * 8 - 1 : evmcsBit);
    call.snapshot.evmcs().wrap(evmcs, 0);
    byte[] vpAssist = new byte[PageView.PAGE_BYTES];
    vpAssist[VpAssistPage.ENLIGHTEN_VMENTRY_OFFSET] = (byte) (call.enlightenVmentry ? 1 : 0);
    LittleEndian.u64(vpAssist, VpAssistPage.CURRENT_NESTED_VMCS_OFFSET, call.currentNestedVmcs);
    vpAssist[VpAssistPage.FEATURES_OFFSET] = (byte) (call.directHypercall ? 1 : 0);
    flip(vpAssist, NamedBits.VP_ASSIST.get(vpAssistBit) ? 0 : vpAssistBit);
    call.snapshot.vpAssistPage().wrap(vpAssist, 0);
    Integer count = call.tlbLockCount;
    if (count != null) {
      byte[] partitionAssist = new byte[PageView.PAGE_BYTES];
      LittleEndian.u32(partitionAssist, 0, count);
      flip(partitionAssist, partitionAssistBit);
      call.snapshot.partitionAssistPage().wrap(partitionAssist, 0);
    }
    assertThat(decideAgain(call)).isEqualTo(before);
  }

  @Property
  void aDecisionDoesNotDependOnRegistersThatNoRuleNames(
      @ForAll("calls") FlushScenario call, @ForAll @IntRange(min = 9, max = 15) int register,
      @ForAll long value) {
    call.fill();
    String before = decideAgain(call);
    call.exit.registers().general(register, value); // R9..R15 carry nothing
    call.exit.registers().general(Registers.RBP, value);
    call.snapshot.cpuid().sgx(true);
    assertThat(decideAgain(call)).isEqualTo(before);
  }

  @Property
  void decidingChangesNeitherPagesNorQueues(@ForAll("calls") FlushScenario call) {
    call.fill();
    byte[] page = pageOf(call);
    decideAgain(call);
    assertThat(pageOf(call)).isEqualTo(page);
    assertThat(decideAgain(call)).isEqualTo(decideAgain(call));
  }

  @Property
  void onlyFieldsThatL0WritesOnExitAreWritten(@ForAll("calls") FlushScenario call) {
    EvmcsWrites writes = call.decide().exitToL1().evmcsWrites();
    int offset = -1;
    for (int i = 0; i < writes.count(); i++) {
      EvmcsField field = writes.field(i);
      assertThat(Profile.KVM_6_12.evmcs().stores(field)).as(field.linuxName()).isTrue();
      assertThat(field.offset()).isGreaterThan(offset);
      assertThat(writes.after(i)).isNotEqualTo(writes.before(i));
      assertThat(writes.after(i) & ~field.mask()).isZero();
      offset = field.offset();
    }
  }

  @Property
  void anyBytesWhateverAreDecidedWithoutAnException(
      @ForAll("calls") FlushScenario call, @ForAll long seed, @ForAll int reason) {
    call.fill();
    Random random = new Random(seed);
    byte[] noise = new byte[PageView.PAGE_BYTES];
    random.nextBytes(noise);
    LittleEndian.u32(noise, 0, call.revision);
    call.snapshot.evmcs().wrap(noise, 0);
    for (int i = 0; i < Registers.GENERAL; i++) {
      call.exit.registers().general(i, random.nextLong() & (random.nextBoolean() ? -1L : 0x1ffffL));
    }
    call.exit.reason(random.nextInt(4) == 0 ? reason : 0x12);
    call.exit.idtVectoringInfo(random.nextInt());
    call.exit.interruptionInfo(random.nextInt());
    assertThat(decideAgain(call)).isEqualTo(decideAgain(call));
  }

  private static String decideAgain(FlushScenario call) {
    ENGINE.decide(call.snapshot, call.exit, REUSED);
    return json(call, REUSED);
  }

  private static String json(FlushScenario call, Decision decision) {
    return DecisionJson.of(call.snapshot, call.exit, decision);
  }

  private static byte[] pageOf(FlushScenario call) {
    byte[] bytes = new byte[PageView.PAGE_BYTES];
    EnlightenedVmcs copy = new EnlightenedVmcs();
    copy.wrap(bytes, 0);
    for (EvmcsField field : EvmcsField.values()) {
      copy.value(field, call.snapshot.evmcs().value(field));
    }
    return bytes;
  }

  private static void flip(byte[] bytes, int bit) {
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
  }

  /** The bits that a rule says that it reads for a VMCALL, and what L0 writes on exit. */
  private static final class NamedBits {
    static final BitSet EVMCS = new BitSet();
    static final BitSet VP_ASSIST = new BitSet();

    static {
      Rules.all().stream()
          .filter(rule -> !rule.id().startsWith("R")) // these also read for other exits
          .forEach(rule -> name(rule.reads()));
      name(RoutingRules.of(Profile.DEFAULT).reads(BasicExitReason.VMCALL.number()));
      for (EvmcsField field : Profile.KVM_6_12.evmcs().stored()) {
        boolean kept = field == EvmcsField.CPU_BASED_VM_EXEC_CONTROL;
        if (!kept) {
          name(EVMCS, field, field.mask());
        }
      }
    }

    private static void name(List<Input> inputs) {
      for (Input input : inputs) {
        if (input instanceof Input.Field(EvmcsField field, long mask)) {
          name(EVMCS, field, mask);
        } else if (input instanceof Input.Field(VpAssistField field, long mask)) {
          name(VP_ASSIST, field, mask);
        }
      }
    }

    private static void name(BitSet bits, PageField field, long mask) {
      for (int bit = 0; bit < field.bytes() * Byte.SIZE; bit++) {
        if (((mask >>> bit) & 1) != 0) {
          bits.set(field.offset() * Byte.SIZE + bit);
        }
      }
    }
  }
}
