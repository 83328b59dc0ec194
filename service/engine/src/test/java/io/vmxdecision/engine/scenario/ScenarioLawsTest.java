package io.vmxdecision.engine.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.recorded.ScenarioJson;
import io.vmxdecision.engine.recorded.StepJson;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What holds for any scenario, shown on the recorded ones with events put between theirs. */
class ScenarioLawsTest {
  private static final long SEED = 20_261_128;

  /** A page that no structure is in; the recorded machines have nothing there. */
  private static final long UNREAD = 0x7ff_0000_0000L;

  private static final List<RecordedCase> CASES =
      Stream.of("/vectors/scenario.ndjson.gz", "/captures/real-run-scenarios.ndjson.gz")
          .flatMap(resource -> RecordedCase.all(resource).stream())
          .toList();

  private final Random random = new Random(SEED);
  private final ScenarioStep step = new ScenarioStep();

  private static Scenario start(RecordedCase one) {
    ObjectNode machine = ((ObjectNode) one.request().path("machine")).deepCopy();
    ((ArrayNode) machine.path("memory")).addObject().put("gpa", "0x" + Long.toHexString(UNREAD));
    return ScenarioJson.scenario(machine);
  }

  private static List<ScenarioEvent> events(RecordedCase one) {
    return ScenarioJson.events(one.request().path("events"));
  }

  private List<JsonNode> play(Scenario scenario, List<ScenarioEvent> events) {
    List<JsonNode> steps = new ArrayList<>();
    for (ScenarioEvent event : events) {
      assertThat(scenario.play(event, step)).isNull();
      steps.add(StepJson.of(scenario, event, step));
    }
    return steps;
  }

  @Test
  void aScenarioThatIsCutAnywhereHasTheSameStepsUpToThere() {
    for (RecordedCase one : CASES) {
      List<ScenarioEvent> events = events(one);
      List<JsonNode> steps = play(start(one), events);
      int cut = random.nextInt(events.size());
      assertThat(play(start(one), events.subList(0, cut))).as(one.id()).isEqualTo(steps.subList(0, cut));
    }
  }

  @Test
  void aWriteToWhatNoRuleReadsDoesWhatEnteringTheGuestDoesAndNoMore() {
    int happened = 0;
    for (RecordedCase one : CASES) {
      List<ScenarioEvent> entering = new ArrayList<>(events(one));
      List<ScenarioEvent> writing = new ArrayList<>(entering);
      int place = random.nextInt(entering.size());
      int vcpu = entering.get(place).vcpu();
      entering.add(place, new ScenarioEvent.Enter(vcpu));
      long gpa = unread(one);
      writing.add(
          place, new ScenarioEvent.Write(vcpu, List.of(MemoryWrite.bytes(gpa, new byte[]{1, 2, 3}))));
      Scenario written = start(one);
      List<JsonNode> of = possible(start(one), entering, place);
      assertThat(possible(written, writing, place)).as(one.id()).isEqualTo(of);
      happened += gpa >= UNREAD && written.memory().u8(gpa + 1) == 2 ? 1 : 0;
    }
    assertThat(happened).as("all but those that meet an internal error").isGreaterThan(20);
  }

  /** A page of no structure, or the end of one whose structure is shorter. */
  private long unread(RecordedCase one) {
    List<Long> places = new ArrayList<>(List.of(UNREAD, UNREAD));
    for (JsonNode memory : one.request().path("machine").path("memory")) {
      boolean isStructure =
          Stream.of("evmcsFields", "vpAssist", "partitionAssist").anyMatch(memory::has);
      if (isStructure && !memory.has("pages")) {
        places.add(Long.parseUnsignedLong(memory.path("gpa").asString().substring(2), 16));
      }
    }
    return places.get(random.nextInt(places.size())) + 4096 - 8;
  }

  /**
   * The steps of the events that can be, less the one at {@code place}: what is put in may make others
   * impossible.
   */
  private List<JsonNode> possible(Scenario scenario, List<ScenarioEvent> events, int place) {
    List<JsonNode> steps = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (scenario.play(events.get(i), step) == null && i != place) {
        steps.add(StepJson.of(scenario, events.get(i), step));
      }
    }
    return steps;
  }

  @Test
  void afterAVmEntryWithAllCleanBitsClearedNothingOfTheVcpuIsStale() {
    int entered = 0;
    for (RecordedCase one : CASES) {
      Scenario scenario = start(one);
      for (ScenarioEvent event : events(one)) {
        assertThat(scenario.play(event, step)).isNull();
        int vcpu = event.vcpu();
        if (random.nextInt(4) > 0 || scenario.level(vcpu) != Level.L1 || !scenario.isEvmcsMapped(vcpu)) {
          continue;
        }
        MemoryWrite cleared =
            MemoryWrite.field(scenario.evmcsGpa(vcpu) & -4096L, EvmcsField.HV_CLEAN_FIELDS, 0);
        assertThat(scenario.play(new ScenarioEvent.Write(vcpu, List.of(cleared)), step)).isNull();
        assertThat(scenario.play(new ScenarioEvent.VmEntry(vcpu, false), step)).isNull();
        if (step.entry() == EntryResult.ENTERED) {
          assertThat(step.stale()).as(one.id()).noneMatch(datum -> datum.vcpu() == vcpu);
          entered++;
        }
        break; // what was recorded does not go on from here
      }
    }
    assertThat(entered).isGreaterThan(50);
  }

  @Test
  void aQueueHasAtMostSixteenEntriesAndAFullOneHoldsAFlushAll() {
    int full = 0;
    for (RecordedCase one : CASES) {
      Scenario scenario = start(one);
      for (ScenarioEvent event : events(one)) {
        // Each exit comes several times, so that queues fill.
        for (int i = 0; i < (event instanceof ScenarioEvent.Exit ? 8 : 1); i++) {
          if (scenario.play(event, step) == null) {
            full += fullQueues(scenario.queues());
          }
        }
      }
    }
    assertThat(full).isPositive();
  }

  /** The page that holds the assist page of the vCPU that exits. */
  private static final long ASSIST = 0x7fe_0000_0000L;

  @ParameterizedTest
  @CsvSource({"routing, 400", "l2-flush, 200", "ineligible, 50"})
  void anExitOnAFreshMachineIsDecidedAsOnTheSamePagesAlone(String vectors, int least) {
    int decided = 0;
    for (RecordedCase one : RecordedCase.all("/vectors/" + vectors + ".ndjson.gz")) {
      JsonNode snapshot = one.request().path("snapshot");
      Scenario scenario = fresh(snapshot);
      int vcpu = snapshot.path("vcpu").asInt();
      if (scenario == null || scenario.play(new ScenarioEvent.VmEntry(vcpu, true), step) != null
          || step.entry() != EntryResult.ENTERED) {
        continue;
      }
      ObjectNode event = JsonMapper.shared().createObjectNode().put("type", "exit").put("vcpu", vcpu);
      event.set("exit", one.request().path("exit"));
      event.set("registers", snapshot.path("registers"));
      ScenarioEvent exit = ScenarioJson.event(event);
      assertThat(scenario.play(exit, step)).isNull();
      JsonNode decision = StepJson.of(scenario, exit, step).path("decision");
      for (String part : List.of("handledBy", "l2TlbFlush", "hypercall", "registersAfter", "syntheticExit",
          "exitToL1")) {
        assertThat(JsonMapper.shared().readTree(decision.path(part).toString()))
            .as("%s of %s", part, one.id())
            .isEqualTo(JsonMapper.shared().readTree(one.expect().path(part).toString()));
      }
      decided++;
    }
    assertThat(decided).isGreaterThan(least);
  }

  /** A machine with those pages, or null where they cannot lie in one. */
  private static @Nullable Scenario fresh(JsonNode snapshot) {
    EnlightenedVmcs evmcs = new EnlightenedVmcs();
    byte[] page = Base64.getDecoder().decode(snapshot.path("evmcs").asString(""));
    byte[] assist = Base64.getDecoder().decode(snapshot.path("vpAssistPage").asString(""));
    if (page.length == 0 || assist.length == 0 || snapshot.has("evmcsFields") || snapshot.has("vpAssist")
        || snapshot.has("partitionAssist")) {
      return null;
    }
    evmcs.wrap(page, 0);
    VpAssistPage assistPage = new VpAssistPage();
    assistPage.wrap(assist, 0);
    ObjectNode machine = JsonMapper.shared().createObjectNode();
    machine.set("cpuid", snapshot.path("cpuid"));
    machine.set("host", snapshot.path("host"));
    if (snapshot.has("translations")) {
      machine.set("translations", snapshot.path("translations"));
    }
    ArrayNode vcpus = machine.putArray("vcpus");
    for (JsonNode vcpu : snapshot.path("vcpus")) {
      ObjectNode made = vcpus.addObject().put("vpIndex", vcpu.path("vpIndex").asInt());
      made.put("vpAssistMsr", vcpus.size() - 1 == snapshot.path("vcpu").asInt() ? hex(ASSIST + 1) : "0x0");
    }
    Map<Long, String> pages = new TreeMap<>();
    boolean apart = put(pages, ASSIST, snapshot.path("vpAssistPage"))
        && put(pages, assistPage.currentNestedVmcs() & -4096L, snapshot.path("evmcs"));
    if (snapshot.has("partitionAssistPage")) {
      apart &=
          put(pages, evmcs.value(EvmcsField.PARTITION_ASSIST_PAGE), snapshot.path("partitionAssistPage"));
    }
    for (JsonNode region : snapshot.path("memory")) {
      apart &= put(pages, Long.parseUnsignedLong(region.path("gpa").asString().substring(2), 16),
          region.path("bytes"));
    }
    ArrayNode memory = machine.putArray("memory");
    pages.forEach((gpa, bytes) -> memory.addObject().put("gpa", hex(gpa)).put("bytes", bytes));
    // Without it in memory the flush is C1's; a page there that was not given would be another case.
    return apart ? ScenarioJson.scenario(machine) : null;
  }

  private static boolean put(Map<Long, String> pages, long gpa, JsonNode bytes) {
    boolean whole = Base64.getDecoder().decode(bytes.asString()).length == 4096 && (gpa & 4095) == 0;
    return whole && pages.put(gpa, bytes.asString()) == null;
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static int fullQueues(VirtualProcessors queues) {
    int full = 0;
    for (int vcpu = 0; vcpu < queues.count(); vcpu++) {
      for (Level level : List.of(Level.L1, Level.L2)) {
        int count = queues.pendingCount(vcpu, level);
        assertThat(count).isLessThanOrEqualTo(VirtualProcessors.FIFO_SIZE);
        if (count == VirtualProcessors.FIFO_SIZE) {
          full++;
          assertThat(queues.hasPendingFlushAll(vcpu, level)).isTrue();
        }
      }
    }
    return full;
  }
}
