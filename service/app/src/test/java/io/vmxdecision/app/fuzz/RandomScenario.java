package io.vmxdecision.app.fuzz;

import java.util.Base64;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Machines and events that lead deep into the rules T: most can be, some cannot, some are none. */
final class RandomScenario {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final List<String> TYPES =
      List.of("write", "wrmsr", "vmEntry", "vmclear", "exit", "inject", "enter", "save", "restore");
  private static final long ASSIST = 0x10000;
  private static final long EVMCS = 0x20000;
  private static final long PARTITION_ASSIST = 0x30000;
  private static final List<String> FIELDS =
      List.of("hv_vm_id", "hv_vp_id", "partition_assist_page", "hv_enlightenments_control", "revision_id",
          "hv_clean_fields", "virtual_processor_id", "cpu_based_vm_exec_control", "msr_bitmap", "guest_rip",
          "exception_bitmap");
  private static final List<String> REASONS =
      List.of("0x12", "0x12", "0x12", "0x0", "0x1", "0x7", "0x1f", "0x30", "0x80000021", "0x10000031");

  private final Random random;

  RandomScenario(Random random) {
    this.random = random;
  }

  /** A machine of two vCPUs on which L1 has set up two eVMCS pages, more or less. */
  ObjectNode machine() {
    ObjectNode machine = MAPPER.createObjectNode();
    machine.putObject("cpuid").put("nestedEax", "0x20101");
    machine.putObject("host").put("vmcsShadowing", random.nextBoolean()).put("la57", random.nextBoolean());
    ArrayNode vcpus = machine.putArray("vcpus");
    ArrayNode memory = machine.putArray("memory");
    for (int i = 0; i < 2; i++) {
      vcpus.addObject().put("vpAssistMsr", hex(ASSIST + 4096L * i + 1));
      memory.addObject().put("gpa", hex(ASSIST + 4096L * i)).set("vpAssist", assist(EVMCS + 4096L * i));
      ObjectNode fields =
          memory.addObject().put("gpa", hex(EVMCS + 4096L * i)).putObject("evmcsFields");
      fields.put("revision_id", "0x1").put("hv_enlightenments_control", random.nextBoolean() ? "0x3" : "0x1");
      fields.put("hv_vm_id", "0x7").put("hv_vp_id", hex(i)).put("partition_assist_page",
          hex(PARTITION_ASSIST));
      fields.put("cpu_based_vm_exec_control", random.nextBoolean() ? "0x90000000" : "0x0");
      fields.put("secondary_vm_exec_control", random.nextBoolean() ? "0x20" : "0x0");
      fields.put("msr_bitmap", "0x31000");
    }
    memory.addObject().put("gpa", hex(PARTITION_ASSIST)).put("pages", 2);
    return machine;
  }

  private ObjectNode assist(long evmcs) {
    return MAPPER.createObjectNode().put("enlightenVmentry", random.nextInt(10) > 0)
        .put("currentNestedVmcs", hex(evmcs)).put("directHypercall", random.nextInt(5) > 0);
  }

  /** An event, of which one in {@code broken} is none; 0 for never. */
  ObjectNode event(int broken) {
    ObjectNode event = MAPPER.createObjectNode();
    String type = TYPES.get(random.nextInt(TYPES.size()));
    event.put("type", type);
    event.put("vcpu", random.nextInt(20) == 0 ? 2 : random.nextInt(2));
    switch (type) {
      case "write" -> write(event);
      case "wrmsr" ->
        event.put("msr", "0x40000073").put("value",
            hex(random.nextBoolean() ? ASSIST + 1 : random.nextInt(2)));
      case "vmEntry" -> event.put("instruction", random.nextBoolean() ? "VMLAUNCH" : "VMRESUME");
      case "vmclear" -> event.put("gpa", hex(EVMCS + 4096L * random.nextInt(3) + random.nextInt(2)));
      case "exit" -> exit(event);
      case "inject" -> event.put("reason", random.nextBoolean() ? "0x1" : "0x2");
      case "restore" -> event.put("recreated", random.nextBoolean());
      default -> {
        // no more to say
      }
    }
    if (broken > 0 && random.nextInt(broken) == 0) {
      breakIt(event);
    }
    return event;
  }

  private void write(ObjectNode event) {
    long page = 4096L * random.nextInt(2);
    switch (random.nextInt(4)) {
      case 0 -> {
        event.put("gpa", hex(EVMCS + page));
        event.putObject("evmcsFields").put(FIELDS.get(random.nextInt(FIELDS.size())), hex(random.nextInt(4)));
      }
      case 1 -> event.put("gpa", hex(ASSIST + page)).set("vpAssist", assist(EVMCS + page));
      case 2 -> event.put("gpa", hex(PARTITION_ASSIST)).putObject("partitionAssist")
          .put("tlbLockCount", random.nextInt(2));
      default -> {
        byte[] bytes = new byte[1 + random.nextInt(12)];
        random.nextBytes(bytes);
        event.put("gpa", hex(random.nextInt(0x40000)));
        event.put("bytes", Base64.getEncoder().encodeToString(bytes));
      }
    }
  }

  private void exit(ObjectNode event) {
    event.putObject("exit").put("reason", REASONS.get(random.nextInt(REASONS.size())))
        .put("instructionLength", 3);
    ObjectNode registers =
        event.putObject("registers").put("rcx", random.nextBoolean() ? "0x10002" : "0x10003");
    registers.put("r8", random.nextBoolean() ? "0x3" : "0x2");
    registers.putArray("xmm").addObject().put("lo", hex(random.nextLong())).put("hi", hex(random.nextLong()));
  }

  private void breakIt(ObjectNode event) {
    switch (random.nextInt(5)) {
      case 0 -> event.put("type", "nap");
      case 1 -> event.put("nonsense", 1);
      case 2 -> event.put("vcpu", -1);
      case 3 -> event.put("gpa", "20000");
      default -> event.remove("type");
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** So many events. */
  static ArrayNode events(RandomScenario of, int count, int broken) {
    ArrayNode events = MAPPER.createArrayNode();
    for (int i = 0; i < count; i++) {
      events.add((JsonNode) of.event(broken));
    }
    return events;
  }
}
