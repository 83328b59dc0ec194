package io.vmxdecision.engine.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.recorded.ScenarioJson;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.scenario.ScenarioStep.MsrBitmapUse;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What L0 holds after a VM-entry that fails, by where it fails. L0 checks controls and host state before it does
 * anything for L2, most guest state before it is in L2, some in L2, and the CPU checks when L0 has entered the guest. KVM
 * {@code nested_vmx_run()}, {@code nested_vmx_enter_non_root_mode()}, {@code prepare_vmcs02()}, {@code
 * nested_vmx_vmexit()}.
 */
class FailedEntriesTest {
  private static final long ASSIST = 0x1_0000;
  private static final long EVMCS = 0x2_0000;
  private static final long MSR_BITMAP = 0x3_2000;
  private static final long VIRTUAL_APIC = 0x3_5000;
  private static final long NO_VPID = 0x10_108a;

  private final ScenarioStep step = new ScenarioStep();

  /** A machine whose eVMCS passes every check, but for {@code changes}. */
  private static Scenario scenario(boolean checkEntries, String changes) {
    ObjectNode machine = JsonMapper.shared().createObjectNode();
    machine.putArray("vcpus").addObject().put("vpAssistMsr", hex(ASSIST + 1));
    ArrayNode memory = machine.putArray("memory");
    memory.addObject().put("gpa", hex(ASSIST)).putObject("vpAssist").put("enlightenVmentry", true)
        .put("currentNestedVmcs", hex(EVMCS));
    ObjectNode fields = ((ObjectNode) RecordedCase.all("/vectors/entry-sdm.ndjson.gz").getFirst().request()
        .at("/snapshot/evmcsFields")).deepCopy();
    fields.put("hv_vm_id", "0x7");
    for (String change : changes.isEmpty() ? new String[0] : changes.split(" ", -1)) {
      String[] sides = change.split("=", -1);
      fields.put(sides[0], sides[1]);
    }
    memory.addObject().put("gpa", hex(EVMCS)).set("evmcsFields", fields);
    memory.addObject().put("gpa", hex(MSR_BITMAP));
    memory.addObject().put("gpa", hex(VIRTUAL_APIC));
    return ScenarioJson.scenario(machine, checkEntries);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private void play(Scenario scenario, ScenarioEvent event) {
    assertThat(scenario.play(event, step)).isNull();
  }

  private void write(Scenario scenario, EvmcsField field, long value) {
    play(scenario, new ScenarioEvent.Write(0, List.of(MemoryWrite.field(EVMCS, field, value))));
  }

  private static long page(Scenario scenario, EvmcsField field) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    assertThat(scenario.memory().view(EVMCS, page)).isTrue();
    return page.value(field);
  }

  /** The levels that were flushed as a whole, in order. */
  private List<Level> flushed() {
    List<Level> levels = new ArrayList<>();
    step.drained().forEach(drain -> {
      assertThat(drain.isFlushAll()).isTrue();
      levels.add(drain.fifo());
    });
    return levels;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    // in order: what is wrong, the check, the outcome, clean fields after VMLAUNCH, the MSR bitmap looked at
    "revision_id=0x2 | | VMFAIL_INVALID | 0xff00 | ",
    "virtual_processor_id=0x0 | N-C25 | VMFAIL_VALID 7 | 0x0 | ",
    "host_cr0=0x0 | N-H2 | VMFAIL_VALID 8 | 0x0 | ",
    "vmcs_link_pointer=0x1 | N-G7 | FAILED_ENTRY 0x80000021 4 | 0x0 | MERGED",
    "guest_cr3=0x400000000000 | N-G22 | FAILED_ENTRY 0x80000021 0 | 0x0 | MERGED",
    "guest_sysenter_esp=0x800000000000 | N-S4 | FAILED_ENTRY 0x80000021 0 | 0xffff | MERGED",
    "cpu_based_vm_exec_control=0xb42061f2 virtual_apic_page_addr=0x35000 tpr_threshold=0x10"
        + " | N-S1 | VMFAIL_VALID 7 | 0xffff | MERGED",
  })
  void anEntryFailsWhereTheCheckIsMade(
      String changes, @Nullable String check, String outcome, long clean, @Nullable MsrBitmapUse bitmap) {
    Scenario scenario = scenario(true, changes + " hv_clean_fields=0xff00");
    play(scenario, new ScenarioEvent.VmEntry(0, true));
    assertThat(outcome()).isEqualTo(outcome);
    EntryCheck first = step.firstViolation();
    assertThat(first == null ? null : first.id()).isEqualTo(check);
    assertThat(scenario.level(0)).isEqualTo(Level.L1);
    assertThat(step.decision()).as("L1's own instruction is no exit").isNull();
    assertThat(page(scenario, EvmcsField.HV_CLEAN_FIELDS)).isEqualTo(clean);
    assertThat(step.msrBitmap()).isEqualTo(bitmap);
    boolean mapped = check != null;
    assertThat(scenario.isEvmcsMapped(0)).isEqualTo(mapped);
    assertThat(scenario.vmId(0)).as("the page has been loaded").isEqualTo(mapped ? 7 : 0);

    long error = outcome.startsWith("VMFAIL_VALID") ? step.instructionError() : 0;
    long reason = outcome.startsWith("FAILED_ENTRY") ? 0x8000_0021L : 0;
    assertThat(page(scenario, EvmcsField.VM_INSTRUCTION_ERROR)).as("not written yet").isZero();
    play(scenario, new ScenarioEvent.Enter(0));
    assertThat(page(scenario, EvmcsField.VM_INSTRUCTION_ERROR)).isEqualTo(error);
    assertThat(page(scenario, EvmcsField.VM_EXIT_REASON)).isEqualTo(reason);

    Scenario unchecked = scenario(false, changes);
    play(unchecked, new ScenarioEvent.VmEntry(0, true));
    assertThat(step.entry()).isEqualTo(mapped ? EntryResult.ENTERED : EntryResult.VMFAIL_INVALID);
    assertThat(step.violations()).isEmpty();
  }

  private String outcome() {
    return switch (Objects.requireNonNull(step.entry())) {
      case FAILED_ENTRY -> "FAILED_ENTRY 0x%x %d".formatted(
          step.failedEntryReason(), step.failedEntryQualification());
      case VMFAIL_VALID -> "VMFAIL_VALID " + step.instructionError();
      case ENTERED, INVALID_OPCODE, VMFAIL_INVALID -> step.entry().name();
    };
  }

  /**
   * Without a VPID each change of level asks for a full flush; with one, an entry whose VPID is not the last one does.
   * L0 makes the change to L2 from N-G21 on, and none back when the CPU refuses the controls.
   */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    // flushed in the step that fails, and when L1 goes on; both without a VPID and with one
    "host_cr0=0x0 | | | | ",
    "vmcs_link_pointer=0x1 | | L1 | | ",
    "guest_cr3=0x400000000000 | | L1 | | L1",
    "guest_sysenter_esp=0x800000000000 | L2 | L1 | L2 | ",
    "cpu_based_vm_exec_control=0xb42061f2 virtual_apic_page_addr=0x35000 tpr_threshold=0x10 | L2 | | L2 | "
  })
  void itFlushesForTheChangesOfLevelThatL0HasMade(
      String changes, @Nullable Level inStep, @Nullable Level after, @Nullable Level inStepWithVpid,
      @Nullable Level afterWithVpid) {
    Scenario without = scenario(true, changes + " secondary_vm_exec_control=" + hex(NO_VPID));
    play(without, new ScenarioEvent.VmEntry(0, true));
    assertThat(flushed()).isEqualTo(inStep == null ? List.of() : List.of(inStep));
    play(without, new ScenarioEvent.Enter(0));
    assertThat(flushed()).isEqualTo(after == null ? List.of() : List.of(after));

    Scenario with = scenario(true, changes);
    play(with, new ScenarioEvent.VmEntry(0, true));
    assertThat(flushed()).isEqualTo(inStepWithVpid == null ? List.of() : List.of(inStepWithVpid));
    play(with, new ScenarioEvent.Enter(0));
    assertThat(flushed()).isEqualTo(afterWithVpid == null ? List.of() : List.of(afterWithVpid));

    // An entry that came as far as L2 has made its VPID the last one.
    boolean seen = inStepWithVpid != null || afterWithVpid != null;
    mend(with);
    play(with, new ScenarioEvent.VmEntry(0, false));
    assertThat(step.entry()).isEqualTo(EntryResult.ENTERED);
    play(with, new ScenarioEvent.Enter(0));
    assertThat(flushed()).isEqualTo(seen ? List.of() : List.of(Level.L2));
  }

  /** L1 puts right what was wrong, and says so in the clean fields. */
  private void mend(Scenario scenario) {
    write(scenario, EvmcsField.HOST_CR0, 0x8005_0033L);
    write(scenario, EvmcsField.VMCS_LINK_POINTER, -1);
    write(scenario, EvmcsField.GUEST_CR3, 0x1a_d000);
    write(scenario, EvmcsField.GUEST_SYSENTER_ESP, 0);
    write(scenario, EvmcsField.TPR_THRESHOLD, 0);
    write(scenario, EvmcsField.HV_CLEAN_FIELDS, 0);
  }

  /** When the CPU refuses, all clean fields are set already: a field that L1 mends must be said to be dirty. */
  @Test
  void whatTheCpuRefusedIsTakenAnewOnlyWithItsCleanBitClear() {
    Scenario scenario = scenario(true, "guest_sysenter_esp=0x800000000000");
    play(scenario, new ScenarioEvent.VmEntry(0, true));
    write(scenario, EvmcsField.GUEST_SYSENTER_ESP, 0);
    assertThat(step.stale()).singleElement().satisfies(datum -> {
      assertThat(datum.datum()).isEqualTo("guest_sysenter_esp");
      assertThat(datum.reread()).isEqualTo(StaleDatum.Reread.AFTER_CLEAN_BIT_CLEARED);
    });
    play(scenario, new ScenarioEvent.VmEntry(0, false));
    assertThat(outcome()).isEqualTo("FAILED_ENTRY 0x80000021 0");
    play(scenario, new ScenarioEvent.Enter(0));
    assertThat(page(scenario, EvmcsField.GUEST_SYSENTER_ESP)).as("vmcs12 over what L1 wrote")
        .isEqualTo(1L << 47);
    write(scenario, EvmcsField.GUEST_SYSENTER_ESP, 0);
    write(scenario, EvmcsField.HV_CLEAN_FIELDS, 0);
    play(scenario, new ScenarioEvent.VmEntry(0, false));
    assertThat(step.entry()).isEqualTo(EntryResult.ENTERED);
  }

  /** What L0 refuses itself leaves the clean fields of a VMLAUNCH clear: mending is enough. */
  @Test
  void whatL0RefusedIsTakenAnewAtOnce() {
    Scenario scenario = scenario(true, "host_cr0=0x0");
    play(scenario, new ScenarioEvent.VmEntry(0, true));
    write(scenario, EvmcsField.HOST_CR0, 0x8005_0033L);
    assertThat(step.stale()).singleElement()
        .satisfies(datum -> assertThat(datum.reread()).isEqualTo(StaleDatum.Reread.NEXT_VM_ENTRY));
    play(scenario, new ScenarioEvent.VmEntry(0, false));
    assertThat(step.entry()).isEqualTo(EntryResult.ENTERED);
  }

  /** The last exit's instruction length is the CPU's, which a refused entry does not write. */
  @Test
  void aRefusedEntryLeavesTheInformationOfTheLastExit() {
    Scenario scenario = scenario(true, "");
    play(scenario, new ScenarioEvent.VmEntry(0, true));
    ObjectNode cpuid = JsonMapper.shared().createObjectNode().put("type", "exit");
    cpuid.putObject("exit").put("reason", "0xa").put("instructionLength", 2);
    play(scenario, ScenarioJson.event(cpuid));
    assertThat(scenario.level(0)).isEqualTo(Level.L1);
    write(scenario, EvmcsField.GUEST_SYSENTER_ESP, 1L << 47);
    write(scenario, EvmcsField.HV_CLEAN_FIELDS, 0);
    play(scenario, new ScenarioEvent.VmEntry(0, false));
    assertThat(outcome()).isEqualTo("FAILED_ENTRY 0x80000021 0");
    mend(scenario);
    assertThat(page(scenario, EvmcsField.VM_EXIT_INSTRUCTION_LEN)).as("of the exit before").isEqualTo(2);
    play(scenario, new ScenarioEvent.VmEntry(0, false));
    play(scenario, new ScenarioEvent.Inject(0, 1, 0, 0));
    assertThat(Objects.requireNonNull(step.decision()).exitToL1().instructionLength()).isEqualTo(2);
  }

  /** A migration between the failure and L1's next instruction does not lose the error. */
  @Test
  void theErrorIsStillWrittenAfterARestore() {
    Scenario scenario = scenario(true, "host_cr0=0x0");
    play(scenario, new ScenarioEvent.VmEntry(0, true));
    play(scenario, new ScenarioEvent.Save(0));
    assertThat(step.savedFlags()).isEqualTo(4);
    play(scenario, new ScenarioEvent.Restore(0, true));
    assertThat(page(scenario, EvmcsField.VM_INSTRUCTION_ERROR)).isZero();
    play(scenario, new ScenarioEvent.Enter(0));
    assertThat(page(scenario, EvmcsField.VM_INSTRUCTION_ERROR)).isEqualTo(8);
  }
}
