package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.DecisionRequest;
import io.vmxdecision.app.decision.ExitMapper;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.scenario.ScenarioRequest.EventPart;
import io.vmxdecision.app.scenario.ScenarioRequest.EventType;
import io.vmxdecision.app.scenario.ScenarioRequest.ExitPart;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.EntryInstruction;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.scenario.MemoryWrite;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioEvent.Given;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From one event of a request to one of the engine. Notes what no schema says: which properties go with
 * which type.
 */
final class EventMapper {
  /** HV_X64_MSR_VP_ASSIST_PAGE. */
  private static final int VP_ASSIST_MSR = 0x4000_0073;

  private static final int MOST_VCPU = 63;

  private final RequestFaults ranges;
  private final ExitMapper values;
  private final List<Violation> faults = new ArrayList<>();

  /** A mapper that notes values outside their ranges in {@code ranges}. */
  EventMapper(RequestFaults ranges) {
    this.ranges = ranges;
    this.values = new ExitMapper(ranges);
  }

  /** What else is wrong, with pointers from the event on; what {@link #map} returned then is null. */
  List<Violation> faults() {
    return faults;
  }

  @Nullable
  ScenarioEvent map(EventPart from) {
    int vcpu = from.vcpu() == null ? 0 : from.vcpu();
    ranges.require(vcpu >= 0 && vcpu <= MOST_VCPU);
    Map<String, Object> given = given(from);
    ScenarioEvent event = switch (from.type()) {
      case WRITE -> write(vcpu, from);
      case WRMSR -> wrmsr(vcpu, from);
      case VM_ENTRY -> new ScenarioEvent.VmEntry(vcpu, from.instruction() == EntryInstruction.VMLAUNCH);
      case VMCLEAR -> from.gpa() == null ? null : new ScenarioEvent.VmClear(vcpu, from.gpa().value());
      case EXIT -> from.exit() == null ? null : exit(vcpu, from, from.exit());
      case INJECT -> inject(vcpu, from);
      case ENTER -> new ScenarioEvent.Enter(vcpu);
      case SAVE -> new ScenarioEvent.Save(vcpu);
      case RESTORE -> new ScenarioEvent.Restore(vcpu, from.recreated() == null || from.recreated());
    };
    Set<String> known = known(from.type());
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        fault(name, "does not go with the type " + from.type().wireName());
      }
    }
    for (String name : required(from.type())) {
      if (!given.containsKey(name)) {
        fault(name, "is required with the type " + from.type().wireName());
      }
    }
    return faults.isEmpty() ? event : null;
  }

  private static List<String> required(EventType type) {
    return switch (type) {
      case WRITE, VMCLEAR -> List.of("gpa");
      case WRMSR -> List.of("msr", "value");
      case EXIT -> List.of("exit");
      case INJECT -> List.of("reason");
      case VM_ENTRY, ENTER, SAVE, RESTORE -> List.of();
    };
  }

  private static Set<String> known(EventType type) {
    return switch (type) {
      case WRITE -> Set.of("gpa", "bytes", "evmcsFields", "vpAssist", "partitionAssist");
      case WRMSR -> Set.of("msr", "value");
      case VM_ENTRY -> Set.of("instruction");
      case VMCLEAR -> Set.of("gpa");
      case EXIT -> Set.of("exit", "registers");
      case INJECT -> Set.of("reason", "interruptionInfo", "qualification");
      case RESTORE -> Set.of("recreated");
      case ENTER, SAVE -> Set.of();
    };
  }

  /** What is given besides type and vCPU, by the names in JSON. */
  private static Map<String, Object> given(EventPart from) {
    Map<String, Object> given = new LinkedHashMap<>();
    put(given, "gpa", from.gpa());
    put(given, "bytes", from.bytes());
    put(given, "evmcsFields", from.evmcsFields());
    put(given, "vpAssist", from.vpAssist());
    put(given, "partitionAssist", from.partitionAssist());
    put(given, "msr", from.msr());
    put(given, "value", from.value());
    put(given, "instruction", from.instruction());
    put(given, "exit", from.exit());
    put(given, "registers", from.registers());
    put(given, "reason", from.reason());
    put(given, "interruptionInfo", from.interruptionInfo());
    put(given, "qualification", from.qualification());
    put(given, "recreated", from.recreated());
    return given;
  }

  private static void put(Map<String, Object> given, String name, @Nullable Object value) {
    if (value != null) {
      given.put(name, value);
    }
  }

  private @Nullable ScenarioEvent write(int vcpu, EventPart from) {
    MemoryWrites writes =
        new MemoryWrites(from.bytes(), from.evmcsFields(), from.vpAssist(), from.partitionAssist());
    if (writes.count() != 1) {
      faults
          .add(new Violation("", "a write has exactly one of bytes, evmcsFields, vpAssist, partitionAssist"));
    }
    if (from.gpa() == null) {
      return null;
    }
    long gpa = from.gpa().value();
    List<MemoryWrite> at = writes.at(gpa, ranges);
    if (at.stream().anyMatch(write -> wraps(gpa, write))) {
      fault("gpa", "the write goes past the end of the address space, 2^64");
    }
    return new ScenarioEvent.Write(vcpu, at);
  }

  private static boolean wraps(long gpa, MemoryWrite write) {
    int bytes = write.bytes().length;
    return bytes > 0 && Long.compareUnsigned(write.gpa() + bytes - 1, gpa) < 0;
  }

  private @Nullable ScenarioEvent wrmsr(int vcpu, EventPart from) {
    if (from.msr() != null && from.msr().value() != VP_ASSIST_MSR) {
      fault("msr", "scenarios have the MSR 0x40000073 only");
    }
    return from.value() == null ? null : new ScenarioEvent.WriteVpAssistMsr(vcpu, from.value().value());
  }

  private ScenarioEvent exit(int vcpu, EventPart from, ExitPart exit) {
    VmExit happened = new VmExit();
    values.registers(from.registers(), happened.registers());
    values.exit(
        new DecisionRequest.ExitPart(
            null, exit.reason(), exit.qualification(), exit.interruptionInfo(), exit.interruptionErrorCode(),
            exit.instructionLength(), exit.instructionInfo(), exit.guestLinearAddress(),
            exit.idtVectoringInfo(), exit.idtVectoringErrorCode()),
        happened);
    Set<Given> given = EnumSet.noneOf(Given.class);
    if (from.registers() != null) {
      note(given, Given.RSP, from.registers().rsp());
      note(given, Given.RIP, from.registers().rip());
      note(given, Given.RFLAGS, from.registers().rflags());
    }
    note(given, Given.INSTRUCTION_INFO, exit.instructionInfo());
    note(given, Given.GUEST_LINEAR_ADDRESS, exit.guestLinearAddress());
    return new ScenarioEvent.Exit(vcpu, happened, given);
  }

  private static void note(Set<Given> set, Given given, @Nullable Object value) {
    if (value != null) {
      set.add(given);
    }
  }

  private static @Nullable ScenarioEvent inject(int vcpu, EventPart from) {
    Word32 reason = from.reason();
    Word32 info = from.interruptionInfo();
    Word64 qualification = from.qualification();
    return reason == null
        ? null
        : new ScenarioEvent.Inject(
            vcpu, reason.value(), info == null ? 0 : info.value(),
            qualification == null ? 0 : qualification.value());
  }

  private void fault(String property, String detail) {
    faults.add(new Violation(Violation.pointer(property), detail));
  }
}
