package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionRulesTest {
  private final FlushScenario call = new FlushScenario();

  @Test
  void anUnreadableLockCountTurnsTheStatusIntoAnErrorButTheFlushStaysQueued() {
    call.tlbLockCount = null;
    Decision decision = call.decide();
    assertThat(decision.met(CompletionRules.C1)).isFalse();
    assertThat(decision.looked(CompletionRules.C4)).isFalse();
    assertThat(decision.hypercall().result()).isEqualTo(3);
    assertThat(decision.tlbMutations().count()).isEqualTo(1);
    assertThat(decision.isSyntheticExit()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0, false", "1, true", "-2147483648, true"})
  void anyLockCountButZeroBringsTheSyntheticExit(int lockCount, boolean synthetic) {
    call.tlbLockCount = lockCount;
    Decision decision = call.decide();
    assertThat(decision.isSyntheticExit()).isEqualTo(synthetic);
    assertThat(decision.exitToL1().isPresent()).isEqualTo(synthetic);
    assertThat(decision.handledBy()).isEqualTo(Level.L0);
  }

  @Test
  void theLockCountIsForCallsOfL2Alone() {
    call.from = Level.L1;
    call.tlbLockCount = 1;
    Decision decision = call.decide();
    assertThat(decision.looked(CompletionRules.C1)).isFalse();
    assertThat(decision.isSyntheticExit()).isFalse();
  }

  @Test
  void l1FindsRipBehindTheCallAndTheLengthStillSet() {
    call.tlbLockCount = 1;
    call.fill();
    Decision decision = call.decide();
    assertThat(decision.exitToL1().reason()).isEqualTo(0x1000_0031);
    assertThat(decision.exitToL1().instructionLength()).isEqualTo(3);
    decision.exitToL1().evmcsWrites().applyTo(call.snapshot.evmcs());
    assertThat(call.snapshot.evmcs().value(EvmcsField.GUEST_RIP)).isEqualTo(0x401003);
    assertThat(call.snapshot.evmcs().value(EvmcsField.VM_EXIT_INSTRUCTION_LEN)).isEqualTo(3);
  }

  @Test
  void anExitFromAnEnclaveKeepsItsBitInTheSyntheticExit() {
    call.tlbLockCount = 1;
    call.fill();
    call.exit.reason(0x0800_0012);
    Decision decision = new Decision();
    new DecisionEngine().decide(call.snapshot, call.exit, decision);
    assertThat(decision.exitToL1().reason()).isEqualTo(0x1800_0031);
  }

  @ParameterizedTest
  @CsvSource({
    // 64-bit mode, RIP before, length, RIP after
    "true, fffffffffffffffe, 3, 1",
    "true, fffffffe, 3, 100000001",
    "false, 401000, 3, 401003",
    "false, fffffffe, 3, 1",
    "false, fffffffe, 0, fffffffe",
    // no CPU has such a RIP outside 64-bit mode; KVM drops the carry alone
    "false, 7fff00000000, 3, 7fff00000003"
  })
  void ripAdvancesAndOutside64BitModeTheCarryOutOfBit31IsDropped(
      boolean longMode, String before, int length, String after) {
    call.longMode = longMode;
    call.rip = Long.parseUnsignedLong(before, 16);
    call.instructionLength = length;
    assertThat(call.decide().hypercall().ripAfter()).isEqualTo(Long.parseUnsignedLong(after, 16));
  }

  @Test
  void outside64BitModeTheResultGoesIntoEdxAndEax() {
    call.longMode = false;
    call.code = 0x3;
    call.repCount = 2;
    call.payload = new long[3];
    Decision decision = call.decide();
    assertThat(decision.hypercall().raxAfter()).isZero();
    assertThat(decision.hypercall().rdxAfter()).isEqualTo(2);
  }
}
