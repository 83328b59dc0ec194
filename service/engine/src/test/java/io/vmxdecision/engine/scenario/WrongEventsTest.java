package io.vmxdecision.engine.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An event that cannot be is told, and changes nothing. */
class WrongEventsTest {
  private static final long EVMCS = 0x2_0000;
  private final List<SnapshotFault> faults = new ArrayList<>();
  private final ScenarioStep step = new ScenarioStep();

  private Scenario inL1() {
    ScenarioMachine machine = new ScenarioMachine(faults::add);
    byte[] assist = new byte[PageView.PAGE_BYTES];
    assist[0x28] = 1;
    assist[0x32] = 2; // current_nested_vmcs 0x20000
    byte[] evmcs = new byte[PageView.PAGE_BYTES];
    evmcs[0] = 1;
    machine.memory(0, 0x1_0000, assist);
    machine.memory(1, EVMCS, evmcs);
    machine.vpAssistMsr(0, 0x1_0001);
    assertThat(faults).isEmpty();
    return new Scenario(machine);
  }

  private Scenario inL2() {
    Scenario scenario = inL1();
    assertThat(scenario.play(new ScenarioEvent.VmEntry(0, true), step)).isNull();
    assertThat(scenario.level(0)).isEqualTo(Level.L2);
    return scenario;
  }

  @Test
  void whatOnlyL1DoesCannotBeInL2() {
    Scenario scenario = inL2();
    for (ScenarioEvent event : List.of(
        new ScenarioEvent.VmEntry(0, false),
        new ScenarioEvent.VmClear(0, EVMCS),
        new ScenarioEvent.WriteVpAssistMsr(0, 0))) {
      assertThat(scenario.play(event, step)).isEqualTo(ScenarioFault.NOT_IN_L1);
      assertThat(scenario.isEvmcsMapped(0)).isTrue();
    }
  }

  @Test
  void whatHappensToL2CannotBeInL1() {
    Scenario scenario = inL1();
    assertThat(scenario.play(new ScenarioEvent.Inject(0, 1, 0, 0), step)).isEqualTo(ScenarioFault.NOT_IN_L2);
    VmExit cpuid = new VmExit();
    cpuid.reason(10);
    assertThat(scenario.play(new ScenarioEvent.Exit(0, cpuid, Set.of()), step))
        .isEqualTo(ScenarioFault.NOT_A_FLUSH_HYPERCALL);
  }

  @Test
  void aRestoreNeedsASaveOfTheSameVcpu() {
    Scenario scenario = inL2();
    ScenarioEvent restore = new ScenarioEvent.Restore(0, true);
    assertThat(scenario.play(restore, step)).isEqualTo(ScenarioFault.NOTHING_SAVED);
    assertThat(scenario.level(0)).isEqualTo(Level.L2);
    assertThat(scenario.play(new ScenarioEvent.Save(0), step)).isNull();
    assertThat(scenario.play(restore, step)).isNull();
    assertThat(scenario.isMapPending(0)).isTrue();
  }

  @Test
  void aWriteThatLeavesMemoryChangesNoByteAndDoesNotEnterTheGuest() {
    Scenario scenario = inL2();
    ScenarioEvent write =
        new ScenarioEvent.Write(0,
            List.of(
                MemoryWrite.field(EVMCS, EvmcsField.GUEST_RIP, 7),
                MemoryWrite.bytes(EVMCS + PageView.PAGE_BYTES - 1, new byte[]{1, 1})));
    assertThat(scenario.play(write, step)).isEqualTo(ScenarioFault.OUTSIDE_MEMORY);
    assertThat(scenario.memory().u8(EVMCS + EvmcsField.GUEST_RIP.offset())).isZero();
    assertThat(scenario.memory().u8(EVMCS + PageView.PAGE_BYTES - 1)).isZero();
    scenario.play(new ScenarioEvent.Enter(0), step);
    assertThat(step.drained()).as("the flush of the VM-entry was still to come").hasSize(1);
  }

  @Test
  void aVcpuHasToBeThere() {
    Scenario scenario = inL1();
    assertThat(scenario.play(new ScenarioEvent.Enter(1), step)).isEqualTo(ScenarioFault.NO_SUCH_VCPU);
    assertThat(scenario.play(new ScenarioEvent.Enter(-1), step)).isEqualTo(ScenarioFault.NO_SUCH_VCPU);
  }

  @Test
  void memoryComesInWholePagesThatDoNotOverlap() {
    ScenarioMachine machine = new ScenarioMachine(faults::add);
    machine.memory(0, 0x1000, new byte[PageView.PAGE_BYTES]);
    machine.memory(1, 0x1800, new byte[PageView.PAGE_BYTES]);
    machine.memory(2, 0x3000, new byte[100]);
    machine.memory(3, 0x1000, new byte[PageView.PAGE_BYTES]);
    machine.memory(4, 0x5000, new byte[0]);
    assertThat(faults).extracting(SnapshotFault::index).containsExactly(1, 2, 3, 4);
  }
}
