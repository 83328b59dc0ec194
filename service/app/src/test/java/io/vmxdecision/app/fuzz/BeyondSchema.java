package io.vmxdecision.app.fuzz;

import io.vmxdecision.app.fuzz.ServedContract.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes valid what is so by its schema, by what the contract says in words alone. */
final class BeyondSchema {
  static final String SCENARIOS = "/v1/scenarios";
  private static final String COMPARE = "/v1/decisions/compare";
  private static final String TYPE = "type";
  private static final String GPA = "gpa";
  private static final String BYTES = "bytes";
  private static final List<String> CONTENTS = List.of(BYTES, "evmcsFields", "vpAssist", "partitionAssist");

  /** The properties of each type of event besides type and vCPU; what has to be there first. */
  private static final Map<String, List<String>> REQUIRED =
      Map.of("write", List.of(GPA), "vmclear", List.of(GPA), "wrmsr", List.of("msr", "value"), "exit",
          List.of("exit"), "inject", List.of("reason"));

  private static final Map<String, List<String>> OPTIONAL =
      Map.of("exit", List.of("registers"), "inject", List.of("interruptionInfo", "qualification"),
          "restore", List.of("recreated"), "vmEntry", List.of("instruction"));

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int LARGEST_MEMORY = 8;

  private final ServedContract contract;
  private final ValidValues values;
  private final Random random;

  BeyondSchema(ServedContract contract, ValidValues values, Random random) {
    this.contract = contract;
    this.values = values;
    this.random = random;
  }

  /** Changes a body of that operation so that it is valid in every respect. */
  JsonNode mend(Operation operation, JsonNode body) {
    if (operation.path().equals(COMPARE)) {
      ((ObjectNode) body.path("request")).remove("profile"); // profiles names them
    } else if (operation.path().startsWith(SCENARIOS)) {
      mendStart((ObjectNode) body);
      body.path("events").forEach(event -> mendEvent((ObjectNode) event));
    }
    return body;
  }

  /** A scenario less its events. What contradicts itself is valid, but hides the rest: most do not. */
  void mendStart(ObjectNode start) {
    long next = 0;
    for (JsonNode each : start.path("machine").path("memory")) {
      ObjectNode memory = (ObjectNode) each;
      if (memory.path("pages").asInt(0) > LARGEST_MEMORY) {
        memory.put("pages", 1 + random.nextInt(LARGEST_MEMORY)); // the largest memory has a test of its own
      }
      if (random.nextInt(8) > 0) {
        keepOne(memory);
        memory.put(GPA, "0x" + Long.toHexString(next));
        next += 4096L * LARGEST_MEMORY * random.nextInt(1, 4);
      }
    }
    if (random.nextInt(8) > 0) {
      start.remove("profile"); // scenarios know one alone
    }
  }

  private void mendEvent(ObjectNode event) {
    String type = event.path(TYPE).asString();
    JsonNode properties = contract.component("ScenarioEvent").path("properties");
    List<String> required = REQUIRED.getOrDefault(type, List.of());
    Set<String> known = new HashSet<>(Set.of(TYPE, "vcpu"));
    known.addAll(required);
    known.addAll(OPTIONAL.getOrDefault(type, List.of()));
    if (type.equals("write")) {
      known.addAll(CONTENTS);
    }
    for (String name : List.copyOf(event.propertyNames())) {
      if (!known.contains(name)) {
        event.remove(name);
      }
    }
    for (String name : required) {
      if (!event.has(name)) {
        event.set(name, values.of(properties.path(name)));
      }
    }
    if (type.equals("wrmsr")) {
      event.put("msr", "0x40000073");
    }
    if (type.equals("write")) {
      if (keepOne(event) == 0) {
        event.set(BYTES, values.of(properties.path(BYTES)));
      }
      if (random.nextInt(4) > 0) {
        event.put(GPA, "0x0");
      }
    }
  }

  /** Leaves at most one of the contents that memory can have; gives how many are left. */
  private int keepOne(ObjectNode memory) {
    List<String> given = new ArrayList<>(CONTENTS);
    given.removeIf(name -> !memory.has(name));
    if (!given.isEmpty()) {
      given.remove(random.nextInt(given.size()));
      given.forEach(memory::remove);
      return 1;
    }
    return 0;
  }

  /** The lines of a scenario: a start, and events that follow it. */
  ArrayNode lines() {
    ArrayNode lines = JSON.arrayNode();
    ObjectNode start = (ObjectNode) values.of(contract.scenarioStart());
    mendStart(start);
    lines.add(start);
    for (int i = random.nextInt(5); i > 0; i--) {
      lines.add(event());
    }
    return lines;
  }

  ObjectNode event() {
    ObjectNode event = (ObjectNode) values.of(contract.component("ScenarioEvent"));
    mendEvent(event);
    return event;
  }
}
