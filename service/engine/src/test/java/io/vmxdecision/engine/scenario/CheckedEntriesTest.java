package io.vmxdecision.engine.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.RecordedEntry;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.recorded.ScenarioJson;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** VM-entries in scenarios that take the checks, held against the recorded VM-entries. */
class CheckedEntriesTest {
  private static final long ASSIST = 0x7fe_0000_0000L;

  private final ScenarioStep step = new ScenarioStep();

  @ParameterizedTest
  @CsvSource({"entry, 80", "entry-sdm, 60"})
  void aCheckedVmlaunchFailsAsItWasRecordedAndLeavesThePageSo(String vectors, int least) {
    Map<EntryResult, Integer> results = new EnumMap<>(EntryResult.class);
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      JsonNode request = one.request();
      JsonNode entry = request.path("entry");
      boolean launch = entry.path("instruction").asString().equals("VMLAUNCH");
      if (!launch || request.has("capabilities") || entry.path("evmcsMapped").asBoolean(false)
          || !Set.of("instruction", "evmcsMapped").containsAll(entry.propertyNames())) {
        continue;
      }
      byte[] page = page(request.path("snapshot"));
      long gpa = Long.parseUnsignedLong(
          request.at("/snapshot/vpAssist/currentNestedVmcs").asString().substring(2), 16);
      Scenario scenario = ScenarioJson.scenario(machine(request.path("snapshot"), gpa, page), true);
      assertThat(scenario.play(new ScenarioEvent.VmEntry(0, true), step)).isNull();
      results.merge(Objects.requireNonNull(step.entry()), 1, Integer::sum);
      check(one);
      if (step.entry() != EntryResult.ENTERED) {
        assertThat(scenario.level(0)).isEqualTo(Level.L1);
        assertThat(scenario.play(new ScenarioEvent.Enter(0), step)).isNull();
      }
      writesOf(one).applyTo(view(page));
      EnlightenedVmcs after = new EnlightenedVmcs();
      assertThat(scenario.memory().view(gpa & -4096L, after)).isTrue();
      assertThat(after.copy()).as(one.id()).isEqualTo(page);
    }
    assertThat(results.keySet())
        .contains(EntryResult.ENTERED, EntryResult.VMFAIL_VALID, EntryResult.FAILED_ENTRY);
    assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThanOrEqualTo(least);
  }

  /** What the entry alone writes; the recorded cases have it but for those that the CPU refuses. */
  private static EvmcsWrites writesOf(RecordedCase one) {
    VmEntry entry = new VmEntry();
    new RecordedEntry(one.id(), one.request(), one.expect()).fill(entry);
    VmEntryDecision decision = new VmEntryDecision();
    new VmEntryEngine().decide(entry, decision);
    EvmcsWrites writes = decision.evmcsWrites();
    if (one.expect().has("evmcsWrites")) {
      assertThat(writes.count()).as(one.id()).isEqualTo(one.expect().path("evmcsWrites").size());
    }
    return writes;
  }

  private static EnlightenedVmcs view(byte[] page) {
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(page, 0);
    return view;
  }

  private void check(RecordedCase one) {
    JsonNode expected = one.expect();
    EntryResult result = switch (expected.path("outcome").asString()) {
      case "ENTERS" -> EntryResult.ENTERED;
      case "VM_FAIL_INVALID" -> EntryResult.VMFAIL_INVALID;
      case "VM_FAIL_VALID" -> EntryResult.VMFAIL_VALID;
      default -> EntryResult.FAILED_ENTRY;
    };
    assertThat(step.entry()).as(one.id()).isEqualTo(result);
    assertThat(step.instructionError()).as(one.id())
        .isEqualTo(expected.at("/instructionError/number").asInt(0));
    assertThat(id(step.firstViolation())).as(one.id())
        .isEqualTo(result == EntryResult.VMFAIL_INVALID ? "" : expected.path("firstViolation").asString(""));
    String reason = expected.at("/exitToL1/reason").asString("0x0");
    assertThat("0x" + Integer.toHexString(step.failedEntryReason())).as(one.id()).isEqualTo(reason);
    assertThat("0x" + Long.toHexString(step.failedEntryQualification())).as(one.id())
        .isEqualTo(expected.at("/exitToL1/qualification").asString("0x0"));
  }

  private static String id(@Nullable EntryCheck check) {
    return check == null ? "" : check.id();
  }

  private static byte[] page(JsonNode snapshot) {
    byte[] page = snapshot.has("evmcs")
        ? Base64.getDecoder().decode(snapshot.path("evmcs").asString())
        : new byte[4096];
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(page, 0);
    JsonNode fields = snapshot.path("evmcsFields");
    for (String name : fields.propertyNames()) {
      view.value(Objects.requireNonNull(EvmcsField.of(name)),
          Long.parseUnsignedLong(fields.path(name).asString().substring(2), 16));
    }
    return page;
  }

  private static ObjectNode machine(JsonNode snapshot, long gpa, byte[] page) {
    ObjectNode machine = JsonMapper.shared().createObjectNode();
    machine.set("host", snapshot.path("host"));
    machine.set("cpuid", snapshot.path("cpuid"));
    machine.putArray("vcpus").addObject().put("vpAssistMsr", hex(ASSIST + 1));
    ArrayNode memory = machine.putArray("memory");
    memory.addObject().put("gpa", hex(ASSIST)).set("vpAssist", snapshot.path("vpAssist"));
    memory.addObject().put("gpa", hex(gpa & -4096L)).put("bytes", Base64.getEncoder().encodeToString(page));
    for (JsonNode region : snapshot.path("memory")) {
      byte[] bytes = Base64.getDecoder().decode(region.path("bytes").asString());
      long from = Long.parseUnsignedLong(region.path("gpa").asString().substring(2), 16);
      long used = (from & 4095) + bytes.length;
      byte[] whole = new byte[Math.toIntExact((used + 4095) / 4096 * 4096)];
      System.arraycopy(bytes, 0, whole, (int) (from & 4095), bytes.length);
      memory.addObject().put("gpa", hex(from & -4096L)).put("bytes",
          Base64.getEncoder().encodeToString(whole));
    }
    return machine;
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  @Test
  void unlessAskedForVmEntriesPass() {
    for (boolean checked : List.of(true, false)) {
      EnlightenedVmcs view = new EnlightenedVmcs();
      byte[] page = new byte[4096];
      view.wrap(page, 0);
      view.value(EvmcsField.REVISION_ID, 1);
      ObjectNode snapshot = JsonMapper.shared().createObjectNode();
      snapshot.putObject("vpAssist").put("enlightenVmentry", true).put("currentNestedVmcs", "0x20000");
      snapshot.putObject("host");
      Scenario scenario = ScenarioJson.scenario(machine(snapshot, 0x20000, page), checked);
      assertThat(scenario.play(new ScenarioEvent.VmEntry(0, true), step)).isNull();
      assertThat(step.entry()).isEqualTo(checked ? EntryResult.VMFAIL_VALID : EntryResult.ENTERED);
      assertThat(step.violations().isEmpty()).isEqualTo(!checked);
    }
  }
}
