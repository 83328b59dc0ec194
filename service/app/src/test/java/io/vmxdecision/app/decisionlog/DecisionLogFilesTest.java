package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vmxdecision.app.support.LogLines;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DecisionLogFilesTest {
  private static final DataSize MANY = DataSize.ofMegabytes(10);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @TempDir private Path folder;

  private DecisionLog log(@Nullable Path file, DataSize maxFileSize, int maxFiles, DataSize queue) {
    return new DecisionLog(
        new DecisionLogProperties(true, file, false, maxFileSize, maxFiles, queue), meters);
  }

  private static Entry entry(String id) {
    VmExit exit = new VmExit();
    exit.from(Level.L2);
    Question question = new Question(id, Profile.KVM_6_12, new Snapshot(), exit);
    Decision decision = new Decision();
    decision.reset(Level.L2);
    return new Entry(
        "sha256:0", question, null, DecisionSummary.of(exit, decision), RuleBits.of(decision), 1,
        new Source(Via.DECISIONS, null), false,
        List.of(), "sha256:1");
  }

  private double dropped(String reason) {
    return meters.get("vmx.decision.log.dropped").tag("reason", reason).counter().count();
  }

  @Test
  void withoutTheLogThereIsNothingOfIt() {
    DecisionLog off =
        new DecisionLog(
            new DecisionLogProperties(false, folder.resolve("log"), false, MANY, 2, MANY), meters);
    assertThat(off.isOn()).isFalse();
    off.write(entry("nothing"));
    off.destroy();
    assertThat(meters.getMeters()).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void filesAreAsLargeAndAsManyAsToldAndHoldTheLastLines() throws IOException {
    DecisionLog log = log(folder.resolve("a (b) % ü/log"), DataSize.ofKilobytes(8), 3, MANY);
    for (int i = 0; i < 300; i++) {
      log.write(entry("e" + i));
    }
    log.destroy();
    List<String> ids = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("a (b) % ü"))) {
      List<Path> all = files.sorted().toList();
      assertThat(all).extracting(file -> file.getFileName().toString())
          .containsExactly("log", "log.1", "log.2");
      for (Path file : all.reversed()) {
        assertThat(Files.size(file)).isBetween(1L, 8192L);
        for (String line : Files.readAllLines(file)) {
          ids.add(JsonMapper.shared().readTree(line).at("/request/id").asString());
        }
      }
    }
    int first = 300 - ids.size();
    assertThat(ids).hasSizeGreaterThan(8);
    for (int i = 0; i < ids.size(); i++) {
      assertThat(ids.get(i)).isEqualTo("e" + (first + i));
    }
    assertThat(dropped("queue_full") + dropped("not_written")).isZero();
  }

  @Test
  void aLineThatAKilledProcessLeftOpenIsNotContinued() throws IOException {
    Path file = Files.writeString(folder.resolve("log"), "{\"torn");
    DecisionLog log = log(file, MANY, 2, MANY);
    log.write(entry("next"));
    log.write(entry("last"));
    log.destroy();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(3).startsWith("{\"torn");
    assertThat(lines.get(1)).startsWith("{\"time\"").contains("\"next\"").endsWith("}");
  }

  @Test
  void whatAFullDiskLosesIsCountedAndToldOnce() {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    try (LogLines said = new LogLines(DecisionLog.class)) {
      DecisionLog log = log(full, MANY, 2, MANY);
      for (int i = 0; i < 200; i++) {
        log.write(entry("e" + i));
      }
      log.destroy();
      assertThat(dropped("not_written")).isEqualTo(200);
      assertThat(said.with("they cannot be written")).singleElement().asString()
          .contains("No space left on device");
    }
  }

  @Test
  void aLineThatTheQueueHasNoRoomForIsCounted() {
    try (LogLines said = new LogLines(DecisionLog.class)) {
      DecisionLog log = log(folder.resolve("log"), MANY, 2, DataSize.ofBytes(600));
      for (int i = 0; i < 3; i++) {
        assertThat(log.hasRoom()).isTrue();
        log.write(entry("x".repeat(256)));
      }
      log.destroy();
      assertThat(dropped("queue_full")).isEqualTo(3);
      assertThat(said.with("are dropped")).hasSize(1);
    }
  }

  @Test
  void aLineNamesTheTraceThatItsRequestBelongsTo() throws IOException {
    MDC.put("traceId", "4bf92f3577b34da6a3ce929d0e0e4736");
    Source source = Source.of(Via.BATCH);
    MDC.remove("traceId");
    Entry entry = entry("traced");
    DecisionLog log = log(folder.resolve("log"), MANY, 2, MANY);
    log.write(
        new Entry(
            entry.decisionId(), entry.question(), null, entry.outcome(), entry.rules(), 1, source, false,
            List.of(), entry.answerSha256()));
    log.destroy();
    JsonNode line = JsonMapper.shared().readTree(Files.readString(folder.resolve("log")));
    assertThat(line.path("traceId").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(line.path("via").asString()).isEqualTo("batch");
  }

  @Test
  void aFileThatCannotBeWrittenIsToldAtOnce() {
    Path file = Path.of("/proc/no-such-folder/log");
    assertThatThrownBy(() -> log(file, MANY, 2, MANY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vmx-decision.decision-log.file")
        .hasMessageContaining(file.toString());
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> log(null, DataSize.ofBytes(0), 2, MANY)).hasMessageContaining("max-file-size");
    assertThatThrownBy(() -> log(null, MANY, 1, MANY)).hasMessageContaining("max-files");
    assertThatThrownBy(() -> log(null, MANY, 22, MANY)).hasMessageContaining("max-files");
    assertThatThrownBy(() -> log(null, MANY, 2, DataSize.ofGigabytes(2))).hasMessageContaining("queue");
  }
}
