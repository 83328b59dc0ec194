package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SynthesisRulesTest {
  private static final int CPUID = 10;

  @ParameterizedTest
  @CsvSource({
    // the event whose delivery was cut short, what L1 is told of it
    "80000202, 80000202", "800002ff, 80000202", // NMI: always vector 2
    "8000030d, 8000030d", "80000b0d, 80000b0d", // hardware exception, without and with error code
    "80000303, 80000603", "80000604, 80000604", "80000606, 80000306", // soft are #BP and #OF alone
    "80000030, 80000030", "80000480, 80000480", // external, software interrupt
    "80000501, 0", "80000101, 0", "80000700, 0", // INT1, reserved, other event: not carried over
    "00000b0d, 0", // not valid
    "80001b0d, 80000b0d", // NMI unblocking is not carried over
  })
  void theEventBeingDeliveredIsReEncoded(String event, String expected) {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.exit.idtVectoringInfo(Integer.parseUnsignedInt(event, 16));
    assertThat(exit.decide().exitToL1().idtVectoringInfo()).isEqualTo(Integer.parseUnsignedInt(expected, 16));
  }

  @Test
  void atATripleOrDoubleFaultNoEventCountsAsBeingDelivered() {
    ExitScenario tripleFault = new ExitScenario(2);
    tripleFault.exit.idtVectoringInfo(0x80000b0d);
    assertThat(tripleFault.decide().exitToL1().idtVectoringInfo()).isZero();

    ExitScenario doubleFault = new ExitScenario(0).set(EvmcsField.EXCEPTION_BITMAP, 8);
    doubleFault.exit.interruptionInfo(0x80000b08);
    doubleFault.exit.idtVectoringInfo(0x80000b0d);
    assertThat(doubleFault.decide().exitToL1().idtVectoringInfo()).isZero();
    doubleFault.exit.interruptionInfo(0x80000608); // vector 8, but no hardware exception
    assertThat(doubleFault.decide().exitToL1().idtVectoringInfo()).isEqualTo(0x80000b0d);
  }

  @Test
  void theErrorCodeOfTheEventIsWrittenIfItHasOne() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.exit.idtVectoringInfo(0x80000b0d);
    exit.exit.idtVectoringErrorCode(0x1234);
    assertThat(after(exit, EvmcsField.IDT_VECTORING_ERROR_CODE)).isEqualTo(0x1234);
    exit.exit.idtVectoringInfo(0x8000030d);
    assertThat(after(exit, EvmcsField.IDT_VECTORING_ERROR_CODE)).isEqualTo(-1);
  }

  @Test
  void aSoftwareInterruptSetsTheEntryInstructionLength() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.exit.instructionLength(2);
    exit.exit.idtVectoringInfo(0x80000480);
    assertThat(after(exit, EvmcsField.VM_ENTRY_INSTRUCTION_LEN)).isEqualTo(2);
    exit.exit.idtVectoringInfo(0x80000603);
    assertThat(after(exit, EvmcsField.VM_ENTRY_INSTRUCTION_LEN)).isEqualTo(-1);
    assertThat(after(exit, EvmcsField.VM_EXIT_INSTRUCTION_LEN)).isEqualTo(2);
  }

  @Test
  void aReflectedExceptionBringsItsErrorCode() {
    ExitScenario exit = new ExitScenario(0);
    exit.exit.interruptionInfo(0x80000b0e);
    exit.exit.interruptionErrorCode(7);
    assertThat(after(exit, EvmcsField.VM_EXIT_INTR_ERROR_CODE)).isEqualTo(7);
    exit.exit.interruptionInfo(0x8000030e);
    assertThat(after(exit, EvmcsField.VM_EXIT_INTR_ERROR_CODE)).isEqualTo(-1);
  }

  @Test
  void theInjectedEventIsNoLongerValidAfterAnExit() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.evmcs.value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD, 0x80000b0dL);
    assertThat(after(exit, EvmcsField.VM_ENTRY_INTR_INFO_FIELD)).isEqualTo(0xb0d);
  }

  @Test
  void afterAFailedVmEntryOnlyReasonAndQualificationAndTheGuestStateAreWritten() {
    ExitScenario exit = new ExitScenario(0x8000_0021);
    exit.exit.qualification(5);
    exit.exit.interruptionInfo(0x80000b0e);
    exit.exit.idtVectoringInfo(0x80000b0d);
    exit.exit.instructionLength(3);
    exit.exit.instructionInfo(9);
    exit.evmcs.value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD, 0x80000b0dL);
    exit.exit.registers().rip(0x1000);
    Decision decision = exit.decide();
    assertThat(after(exit, EvmcsField.VM_EXIT_REASON)).isEqualTo(0x8000_0021L);
    assertThat(after(exit, EvmcsField.EXIT_QUALIFICATION)).isEqualTo(5);
    assertThat(after(exit, EvmcsField.GUEST_RIP)).isEqualTo(0x1000);
    assertThat(after(exit, EvmcsField.VM_EXIT_INTR_INFO)).isEqualTo(-1);
    assertThat(after(exit, EvmcsField.IDT_VECTORING_INFO_FIELD)).isEqualTo(-1);
    assertThat(after(exit, EvmcsField.VM_EXIT_INSTRUCTION_LEN)).isEqualTo(-1);
    assertThat(after(exit, EvmcsField.VM_ENTRY_INTR_INFO_FIELD)).isEqualTo(-1);
    assertThat(decision.exitToL1().idtVectoringInfo()).isZero();
  }

  @Test
  void aReflectedExitLeavesInterruptibilityAlone() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.evmcs.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO, 3);
    assertThat(after(exit, EvmcsField.GUEST_INTERRUPTIBILITY_INFO)).isEqualTo(-1);
  }

  @Test
  void theGuestIsActiveAfterAnExit() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.evmcs.value(EvmcsField.GUEST_ACTIVITY_STATE, 1);
    assertThat(after(exit, EvmcsField.GUEST_ACTIVITY_STATE)).isZero();
  }

  /** The value that the exit writes into the field, or -1 if it does not change it. */
  private static long after(ExitScenario exit, EvmcsField field) {
    EvmcsWrites writes = exit.decide().exitToL1().evmcsWrites();
    for (int i = 0; i < writes.count(); i++) {
      if (writes.field(i) == field) {
        return writes.after(i);
      }
    }
    return -1;
  }
}
