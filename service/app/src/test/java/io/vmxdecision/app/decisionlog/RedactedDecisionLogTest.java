package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vmxdecision.app.replay.ReplayCommand;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A service that writes decisions down without pages, to the standard output. */
@RunningService
@TestPropertySource(properties = "vmx-decision.decision-log.enabled=true")
@ExtendWith(OutputCaptureExtension.class)
class RedactedDecisionLogTest {
  private static final Path DOCUMENT = Path.of("../../api-spec/decision-log.md");

  private final ServiceClient service;

  RedactedDecisionLogTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /** The lines among what else goes to the standard output. */
  private static List<String> await(CapturedOutput output, int count) throws InterruptedException {
    List<String> lines = List.of();
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (lines.size() < count && System.nanoTime() < deadline) {
      Thread.sleep(20);
      lines = output.getOut().lines().filter(line -> line.contains("\"decisionId\"")).toList();
    }
    assertThat(lines).hasSize(count);
    return lines;
  }

  @Test
  void noByteOfAPageOrOfMemoryIsInALineInWhateverForm(CapturedOutput output)
      throws InterruptedException {
    byte[] secret = new byte[24];
    new Random(7).nextBytes(secret);
    byte[] page = new byte[4096];
    for (int i = 0; i < 3; i++) { // at each alignment of base64
      System.arraycopy(secret, 0, page, 0x800 + 0x40 * i + i, secret.length);
    }
    String base64 = Base64.getEncoder().encodeToString(page);
    SampleRequest request = SampleRequest.flush();
    for (String name : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
      request = request.with("/snapshot/" + name, "\"" + base64 + "\"");
    }
    request =
        request
            .with("/snapshot/memory", "[{\"gpa\": \"0x5000\", \"bytes\": \"" + base64 + "\"}]")
            .with("/snapshot/evmcsFields/hv_vm_id", "\"0x1122334455667788\"");
    service.decide(request.toString()).ok();
    String line = await(output, 1).getFirst();
    for (int skipped = 0; skipped < 3; skipped++) {
      byte[] part = Arrays.copyOfRange(secret, skipped, skipped + 21);
      assertThat(line).doesNotContain(Base64.getEncoder().encodeToString(part));
    }
    assertThat(line).doesNotContainIgnoringCase(HexFormat.of().formatHex(secret, 0, 8));
    assertThat(line).doesNotContainIgnoringCase("1122334455667788");
    assertThat(JsonMapper.shared().readTree(line).at("/request/snapshot/memory/0/bytes").asString())
        .isEqualTo(Sha256.of(page));
  }

  @Test
  void aLineWithoutPagesIsReplayedOnceThesAreGivenByTheirDigests(
      CapturedOutput output, @TempDir Path folder) throws IOException, InterruptedException {
    JsonNode request = RecordedLines.of("/vectors/l2-flush.ndjson.gz").get(1).path("request");
    service.decide(request.toString()).ok();
    String line = await(output, 1).getFirst();
    Path log = Files.writeString(folder.resolve("log"), line);

    assertThat(replay(List.of(log.toString()), 2).getFirst().path("result").asString())
        .isEqualTo("REDACTED");

    List<JsonNode> reports = replay(List.of(log.toString()), 2);
    JsonNode snapshot = request.path("snapshot");
    for (String page : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
      if (snapshot.has(page)) {
        give(folder, snapshot.path(page).asString());
      }
    }
    for (JsonNode region : snapshot.path("memory")) {
      give(folder, region.path("bytes").asString());
    }
    assertThat(reports.getFirst().path("missing")).isNotEmpty();
    assertThat(replay(List.of("--pages", folder.toString(), log.toString()), 0).getFirst()
        .path("same").asInt()).isEqualTo(1);

    Files.writeString(log, line.replace("\"rip\":\"0x", "\"rip\":\"0x1"));
    assertThat(replay(List.of(log.toString()), 1).getFirst().path("differs").path(0).asString())
        .as("that something was changed is seen without the pages")
        .isEqualTo("decisionId");
  }

  /** The command of the document, at work. */
  @Test
  void anybodyCanComputeTheIdAgainFromALineWithoutPages(
      CapturedOutput output, @TempDir Path folder) throws IOException, InterruptedException {
    assumeThat(Path.of("/usr/bin/jq")).as("jq").exists();
    Matcher shown =
        Pattern.compile("```sh\\n(jq -cjS [^`]*sha256sum)\\n```").matcher(Files.readString(DOCUMENT));
    assertThat(shown.find()).isTrue();
    service.decide(SampleRequest.flush().with("/id", "\"\u00e9\"").toString()).ok();
    String line = await(output, 1).getFirst();
    Files.writeString(folder.resolve("line.json"), line);
    Process process =
        new ProcessBuilder("sh", "-c", shown.group(1)).directory(folder.toFile()).start();
    String digest = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat("sha256:" + digest.substring(0, 64))
        .isEqualTo(JsonMapper.shared().readTree(line).path("decisionId").asString());
  }

  private static void give(Path folder, String base64) throws IOException {
    byte[] bytes = Base64.getDecoder().decode(base64);
    Files.write(folder.resolve(Sha256.of(bytes).substring("sha256:".length())), bytes);
  }

  private static List<JsonNode> replay(List<String> arguments, int status) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ReplayCommand command =
        new ReplayCommand(
            InputStream.nullInputStream(),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            System.err);
    assertThat(command.run(arguments)).isEqualTo(status);
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> JsonMapper.shared().readTree(line))
        .toList();
  }
}
