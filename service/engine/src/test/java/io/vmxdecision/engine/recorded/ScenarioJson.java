package io.vmxdecision.engine.recorded;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.scenario.MemoryWrite;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioEvent.Given;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads a scenario in the form of the API. */
public final class ScenarioJson {
  private ScenarioJson() {}

  /**
   * A scenario at its start.
   *
   * @throws IllegalStateException when there is a fault in the machine
   */
  public static Scenario scenario(JsonNode machine) {
    return scenario(machine, false);
  }

  /**
   * A scenario at its start, in which VM-entries may be checked.
   *
   * @throws IllegalStateException when there is a fault in the machine
   */
  public static Scenario scenario(JsonNode machine, boolean checkEntries) {
    List<SnapshotFault> faults = new ArrayList<>();
    ScenarioMachine made = new ScenarioMachine(faults::add);
    made.checkEntries(checkEntries);
    JsonNode host = machine.path("host");
    made.hostLa57(host.path("la57").asBoolean(false));
    made.vmcsShadowing(host.path("vmcsShadowing").asBoolean(true));
    RecordedCase.fillCpuid(machine.path("cpuid"), made.cpuid());
    JsonNode vcpus = machine.path("vcpus");
    made.vcpus(vcpus.size());
    for (int i = 0; i < vcpus.size(); i++) {
      if (vcpus.get(i).has("vpIndex")) {
        made.vpIndex(i, vcpus.get(i).path("vpIndex").asInt());
      }
      made.vpAssistMsr(i, RecordedCase.word(vcpus.get(i), "vpAssistMsr"));
    }
    JsonNode memory = machine.path("memory");
    for (int i = 0; i < memory.size(); i++) {
      JsonNode item = memory.get(i);
      made.memory(i, RecordedCase.word(item, "gpa"), pages(item));
    }
    JsonNode translations = machine.path("translations");
    for (int i = 0; i < translations.size(); i++) {
      JsonNode one = translations.get(i);
      made.translation(i, RecordedCase.word(one, "l2Gpa"), RecordedCase.word(one, "l1Gpa"));
    }
    if (!faults.isEmpty()) {
      throw new IllegalStateException(faults.toString());
    }
    return new Scenario(made);
  }

  private static byte[] pages(JsonNode item) {
    List<MemoryWrite> writes = writes(item, 0);
    int needed = item.has("bytes") ? writes.getFirst().bytes().length : 1;
    int pages = item.path("pages").asInt(Math.max(1, (needed + GuestPage.BYTES - 1) / GuestPage.BYTES));
    byte[] bytes = new byte[pages * GuestPage.BYTES];
    for (MemoryWrite write : writes) {
      System.arraycopy(write.bytes(), 0, bytes, (int) write.gpa(), write.bytes().length);
    }
    return bytes;
  }

  /** An event. */
  public static ScenarioEvent event(JsonNode event) {
    int vcpu = event.path("vcpu").asInt(0);
    return switch (event.path("type").asString()) {
      case "write" -> new ScenarioEvent.Write(vcpu, writes(event, RecordedCase.word(event, "gpa")));
      case "wrmsr" -> new ScenarioEvent.WriteVpAssistMsr(vcpu, RecordedCase.word(event, "value"));
      case "vmEntry" ->
        new ScenarioEvent.VmEntry(vcpu, "VMLAUNCH".equals(event.path("instruction").asString("")));
      case "vmclear" -> new ScenarioEvent.VmClear(vcpu, RecordedCase.word(event, "gpa"));
      case "exit" -> exit(vcpu, event);
      case "inject" ->
        new ScenarioEvent.Inject(
            vcpu,
            (int) RecordedCase.word(event, "reason"),
            (int) RecordedCase.word(event, "interruptionInfo"),
            RecordedCase.word(event, "qualification"));
      case "enter" -> new ScenarioEvent.Enter(vcpu);
      case "save" -> new ScenarioEvent.Save(vcpu);
      case "restore" -> new ScenarioEvent.Restore(vcpu, event.path("recreated").asBoolean(true));
      default -> throw new IllegalStateException(event.toString());
    };
  }

  private static ScenarioEvent exit(int vcpu, JsonNode event) {
    VmExit exit = new VmExit();
    RecordedCase.fillRegisters(event.path("registers"), exit.registers());
    RecordedCase.fillExit(event.path("exit"), exit);
    Set<Given> given = EnumSet.noneOf(Given.class);
    note(given, Given.RSP, event.path("registers"), "rsp");
    note(given, Given.RIP, event.path("registers"), "rip");
    note(given, Given.RFLAGS, event.path("registers"), "rflags");
    note(given, Given.INSTRUCTION_INFO, event.path("exit"), "instructionInfo");
    note(given, Given.GUEST_LINEAR_ADDRESS, event.path("exit"), "guestLinearAddress");
    return new ScenarioEvent.Exit(vcpu, exit, given);
  }

  private static void note(Set<Given> set, Given given, JsonNode node, String name) {
    if (node.has(name)) {
      set.add(given);
    }
  }

  private static List<MemoryWrite> writes(JsonNode item, long gpa) {
    List<MemoryWrite> writes = new ArrayList<>();
    if (item.has("bytes")) {
      writes.add(MemoryWrite.bytes(gpa, RecordedCase.bytes(item, "bytes")));
    }
    JsonNode evmcs = item.path("evmcsFields");
    for (String name : evmcs.propertyNames()) {
      EvmcsField field = Objects.requireNonNull(EvmcsField.of(name), name);
      writes.add(MemoryWrite.field(gpa, field, RecordedCase.word(evmcs, name)));
    }
    JsonNode assist = item.path("vpAssist");
    if (assist.has("directHypercall")) {
      long value = assist.path("directHypercall").asBoolean() ? 1 : 0;
      writes.add(MemoryWrite.bits(gpa, VpAssistField.FEATURES, value, VpAssistPage.DIRECT_HYPERCALL));
    }
    if (assist.has("enlightenVmentry")) {
      long value = assist.path("enlightenVmentry").asBoolean() ? 1 : 0;
      writes.add(MemoryWrite.field(gpa, VpAssistField.ENLIGHTEN_VMENTRY, value));
    }
    if (assist.has("currentNestedVmcs")) {
      long value = RecordedCase.word(assist, "currentNestedVmcs");
      writes.add(MemoryWrite.field(gpa, VpAssistField.CURRENT_NESTED_VMCS, value));
    }
    JsonNode partition = item.path("partitionAssist");
    if (partition.has("tlbLockCount")) {
      PageField field = PartitionAssistField.TLB_LOCK_COUNT;
      writes.add(MemoryWrite.field(gpa, field, partition.path("tlbLockCount").asLong()));
    }
    return writes;
  }

  /** All events. */
  public static List<ScenarioEvent> events(JsonNode events) {
    ScenarioEvent[] all = new ScenarioEvent[events.size()];
    Arrays.setAll(all, i -> event(events.get(i)));
    return List.of(all);
  }
}
