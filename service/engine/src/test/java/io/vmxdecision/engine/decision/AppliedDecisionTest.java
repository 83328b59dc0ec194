package io.vmxdecision.engine.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.scenario.FlushScenario.Vcpu;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AppliedDecisionTest {
  private static final int CPUID = 10;
  private static final long ALL = VirtualProcessors.FLUSH_ALL;

  private final FlushScenario call = new FlushScenario();

  /** HvCallFlushVirtualAddressList of two entries for all vCPUs of the nested VM. */
  private void callList(Vcpu... others) {
    call.code = 0x3;
    call.repCount = 2;
    call.payload = new long[]{0, 0x1000, 0x2001};
    List<Vcpu> vcpus = new ArrayList<>(call.vcpus);
    vcpus.addAll(List.of(others));
    call.vcpus = vcpus;
    apply();
  }

  private void apply() {
    call.decide().applyTo(call.snapshot, call.exit);
  }

  private static Vcpu waiting(int entries) {
    return new Vcpu(1, 1, 2, List.of(), Collections.nCopies(entries, 0x5000L));
  }

  private long[] queue(int vcpu, Level fifo) {
    VirtualProcessors vcpus = call.snapshot.vcpus();
    return LongStream.range(0, vcpus.pendingCount(vcpu, fifo))
        .map(i -> vcpus.pending(vcpu, fifo, (int) i))
        .toArray();
  }

  @Test
  void aListStandsBehindWhatATargetHadInItsQueue() {
    callList(waiting(1));
    assertThat(queue(0, Level.L2)).containsExactly(0x1000, 0x2001);
    assertThat(queue(1, Level.L2)).containsExactly(0x5000, 0x1000, 0x2001);
    assertThat(queue(0, Level.L1)).isEmpty();
    assertThat(queue(1, Level.L1)).isEmpty();
  }

  @Test
  void aQueueWithoutPlaceForTheListGetsAFlushAll() {
    callList(waiting(14), waiting(15));
    assertThat(queue(1, Level.L2)).hasSize(15).endsWith(0x5000, ALL);
    assertThat(queue(2, Level.L2)).hasSize(16).endsWith(0x5000, ALL);
  }

  @Test
  void aFullQueueStaysAsItIs() {
    callList(new Vcpu(1, 1, 2, List.of(), Collections.nCopies(16, ALL)));
    assertThat(queue(1, Level.L2)).hasSize(16).containsOnly(ALL);
  }

  @Test
  void aCallOfL1QueuesForL1() {
    call.from = Level.L1;
    callList();
    assertThat(queue(0, Level.L1)).containsExactly(0x1000, 0x2001);
    assertThat(queue(0, Level.L2)).isEmpty();
  }

  @Test
  void theCallerFindsTheResultInRaxAndGoesOnBehindTheCall() {
    callList();
    Registers registers = call.exit.registers();
    assertThat(registers.general(Registers.RAX)).as("two repetitions").isEqualTo(2L << 32);
    assertThat(registers.rip()).isEqualTo(0x401003);
    assertThat(registers.general(Registers.RCX)).as("the control word").isEqualTo(call.control());
    assertThat(registers.general(Registers.RDX)).isEqualTo(call.addressSpace);
  }

  @Test
  void outside64BitModeTheResultIsInEdxAndEax() {
    call.longMode = false;
    callList();
    assertThat(call.exit.registers().general(Registers.RAX)).isZero();
    assertThat(call.exit.registers().general(Registers.RDX)).isEqualTo(2);
  }

  @Test
  void aCallThatEndsWithInvalidOpcodeMovesNothing() {
    call.cpl = 3;
    callList();
    assertThat(call.exit.registers().rip()).isEqualTo(0x401000);
    assertThat(call.exit.registers().general(Registers.RAX)).isZero();
    assertThat(queue(0, Level.L2)).isEmpty();
  }

  @Test
  void theSyntheticExitIsInTheEvmcs() {
    call.tlbLockCount = 1;
    callList();
    assertThat(call.snapshot.evmcs().value(EvmcsField.VM_EXIT_REASON)).isEqualTo(0x1000_0031);
    assertThat(call.snapshot.evmcs().value(EvmcsField.VM_EXIT_INSTRUCTION_LEN)).isEqualTo(3);
    assertThat(call.snapshot.evmcs().value(EvmcsField.GUEST_RIP)).isEqualTo(0x401003);
  }

  @Test
  void aReflectedExitIsInTheEvmcsAndMovesNoRegister() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.exit.registers().rip(0x7000);
    exit.exit.registers().general(Registers.RAX, 4);
    exit.decide().applyTo(exit.snapshot, exit.exit);
    assertThat(exit.evmcs.value(EvmcsField.VM_EXIT_REASON)).isEqualTo(CPUID);
    assertThat(exit.evmcs.value(EvmcsField.GUEST_RIP)).isEqualTo(0x7000);
    assertThat(exit.exit.registers().rip()).isEqualTo(0x7000);
    assertThat(exit.exit.registers().general(Registers.RAX)).isEqualTo(4);
  }

  @Test
  void whatCouldNotBeDecidedChangesNothing() {
    ExitScenario exit = new ExitScenario(CPUID);
    exit.exit.from(Level.L1);
    byte[] before = exit.page.clone();
    Decision decision = exit.decide();
    decision.applyTo(exit.snapshot, exit.exit);
    assertThat(decision.outcome()).isEqualTo(Outcome.NOT_A_FLUSH_HYPERCALL);
    assertThat(exit.page).isEqualTo(before);
    assertThat(exit.exit.registers().rip()).isZero();
  }
}
