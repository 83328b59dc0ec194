package io.vmxdecision.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Scenarios as selftests in C. */
@RunningService
class SelftestTest {
  private static final Path COMPILER = Path.of("/usr/bin/cc");

  private final ServiceClient service;

  SelftestTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  private Answer export(JsonNode request) {
    return service.post("/v1/scenarios/selftest", BodyPublishers.ofString(request.toString()));
  }

  @Test
  void recordedScenariosCompileWithoutAWarning(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeThat(COMPILER).as("no C compiler at %s: exported selftests are not compiled", COMPILER).exists();
    List<String> command =
        new ArrayList<>(
            List.of(COMPILER.toString(), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I",
                Path.of("src/test/resources/selftest").toAbsolutePath().toString()));
    List<JsonNode> cases = new ArrayList<>(RecordedLines.of("/vectors/scenario.ndjson.gz").subList(0, 30));
    cases.addAll(RecordedLines.of("/captures/real-run-scenarios.ndjson.gz"));
    int written = 0;
    for (JsonNode one : cases) {
      if (one.path("request").path("events").size() <= 1000) {
        Path file = folder.resolve("scenario-" + written++ + ".c");
        Files.writeString(file, export(one.path("request")).ok().body());
        command.add(file.toString());
      }
    }
    assertThat(written).isGreaterThan(25);
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(said).isZero();
  }

  @Test
  void aSelftestSetsUpThePagesAndAssertsWhatTheServiceExpects() {
    JsonNode request = RecordedLines.of("/vectors/scenario.ndjson.gz").stream()
        .filter(one -> one.path("id").asString().startsWith("D20 restore, then flush"))
        .findFirst().orElseThrow().path("request");
    String code = export(request).ok().body();
    assertThat(code)
        .contains("#include \"evmcs.h\"", "current_nested_vmcs */", "GUEST_ASSERT_EQ(vmlaunch(), 0);",
            "GUEST_ASSERT_EQ(hypercall(0x10002", ", 0x3);", "SAVE, 0x5 }", "RESTORE, 0x0 }", "GUEST_DONE();");
    assertThat(code.lines().filter(line -> line.contains("GUEST_SYNC(")).count())
        .isGreaterThanOrEqualTo(request.path("events").size() - 4);
  }

  @Test
  void whatCannotBePlayedIsNoSelftestAndALongOneIsRefused() {
    assertThat(service.post("/v1/scenarios/selftest",
        BodyPublishers.ofString("{\"machine\": {}, \"events\": [{\"type\": \"restore\"}]}")).status())
        .isEqualTo(422);
    String events = "{\"type\": \"enter\"}" + ",{\"type\": \"enter\"}".repeat(1000);
    assertThat(service.post("/v1/scenarios/selftest",
        BodyPublishers.ofString("{\"machine\": {}, \"events\": [" + events + "]}")).status())
        .isEqualTo(413);
  }
}
