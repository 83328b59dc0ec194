package io.vmxdecision.app.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private int run(byte[] in, boolean terminal, String... arguments) {
    return new AuditCommand(
        new ByteArrayInputStream(in),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminal).run(List.of(arguments));
  }

  @Test
  void theStatusTellsWhetherAnythingContradicts() {
    byte[] capture = Traces.capture();
    assertThat(run(capture, false, "-")).isEqualTo(AuditCommand.AGREES);
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("0 contradict, ");
    byte[] altered = new String(capture, StandardCharsets.UTF_8).replaceFirst("result 0x0", "result 0x5")
        .getBytes(StandardCharsets.UTF_8);
    assertThat(run(altered, false, "--ndjson", "-")).isEqualTo(AuditCommand.CONTRADICTS);
    assertThat(run("hello\n".getBytes(StandardCharsets.UTF_8), false, "-"))
        .isEqualTo(AuditCommand.UNREADABLE);
    assertThat(run(new byte[0], false, folder.resolve("none").toString())).isEqualTo(AuditCommand.UNREADABLE);
    assertThat(run(new byte[0], false)).isEqualTo(AuditCommand.UNREADABLE);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("usage: audit");
  }

  @Test
  void aTraceDatIsToldHowToBecomeText() {
    byte[] dat = "\u0017\u0008Dtracing6\0".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(run(dat, false, "-")).isEqualTo(AuditCommand.UNREADABLE);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("trace-cmd report -i trace.dat");
  }

  @Test
  void aTraceDatThatIsPackedIsToldSoToo() throws IOException {
    Path file = folder.resolve("trace.dat.gz");
    try (OutputStream to = new GZIPOutputStream(Files.newOutputStream(file))) {
      to.write("\u0017\u0008Dtracing6\0".getBytes(StandardCharsets.ISO_8859_1));
    }
    assertThat(run(new byte[0], false, file.toString())).isEqualTo(AuditCommand.UNREADABLE);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("trace-cmd report -i " + file);
  }

  /** A trace may come from anybody, and a terminal obeys what it is sent. */
  @Test
  void controlCharactersOfATraceDoNotReachTheTerminal() {
    String trace = new String(Traces.flush(), StandardCharsets.UTF_8)
        + "qemu-7 [000] 1.000007: kvm_nested_vmenter_failed: \u001b]0;owned\u0007 vmcs12->hdr.\u009b2J\n"
        + "\u001b[2J\n";
    assertThat(run(trace.getBytes(StandardCharsets.UTF_8), true, "-")).isEqualTo(AuditCommand.AGREES);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("owned").contains("not the text of any check")
        .doesNotContainPattern("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]");
  }

  @Test
  void snapshotsAreTakenFromFiles() throws IOException {
    Path page = Files.write(folder.resolve("page.bin"), new byte[4096]);
    assertThat(run(Traces.flush(), true, "--snapshot", "vpAssistPage=" + page, "-"))
        .isEqualTo(AuditCommand.CONTRADICTS);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("is not eligible");
  }

  @Test
  void onATerminalItShowsHowFarItIs() {
    assertThat(run(Traces.flush(), true, "-")).isEqualTo(AuditCommand.AGREES);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("\r-: 0 MiB").endsWith("\r");
    err.reset();
    assertThat(run(Traces.flush(), false, "-")).isEqualTo(AuditCommand.AGREES);
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  /** The trace and the answer, which has every exit, are both larger than the heap. */
  @Test
  void aTraceOfAnyLengthIsAuditedInTheSameMemory() throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx24m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("java.class.path"),
        "io.vmxdecision.app.VmxDecisionApplication", "audit", "--json", "-")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(folder.resolve("err").toFile())
        .start();
    byte[] capture = Traces.capture();
    try (OutputStream in = process.getOutputStream()) {
      for (long sent = 0; sent < 96L << 20; sent += capture.length) {
        in.write(capture);
      }
    }
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("err"))).isEqualTo(AuditCommand.AGREES);
  }

  /** Each process is an index of a Job; one is killed while it works, and started again. */
  @Test
  void aShareThatDiedIsDoneAgainAndNothingElse() throws IOException, InterruptedException {
    int shares = 2;
    int files = 24;
    Path traces = Files.createDirectory(folder.resolve("traces"));
    Files.createDirectory(traces.resolve("host"));
    for (int i = 0; i < files; i++) {
      Files.write(traces.resolve(i % 2 == 0 ? "t" + i + ".txt" : "host/t" + i + ".txt"), Traces.capture());
    }
    Process killed = start(traces, "0/" + shares);
    try (BufferedReader told =
        new BufferedReader(new InputStreamReader(killed.getErrorStream(), StandardCharsets.UTF_8))) {
      assertThat(told.readLine()).endsWith(": audited");
      killed.destroyForcibly().waitFor();
    }
    Map<Path, Object> done = results(traces);
    assertThat(done).isNotEmpty();
    for (Path result : done.keySet()) {
      assertThat(Files.readString(result)).contains("{\"summary\":").endsWith("}\n");
    }
    List<Process> running = new ArrayList<>();
    for (int share = 0; share < shares; share++) {
      running.add(start(traces, share + "/" + shares));
    }
    for (Process process : running) {
      process.getErrorStream().readAllBytes();
      assertThat(process.waitFor()).isZero();
    }
    Map<Path, Object> all = results(traces);
    assertThat(all).hasSize(files);
    done.forEach(
        (result, key) -> assertThat(all.get(result)).as("%s is not done again", result).isEqualTo(key));
    for (Path result : all.keySet()) {
      assertThat(Files.readString(result)).contains("\"exitsFromL2\":72").endsWith("}\n");
    }
    try (Stream<Path> left = Files.walk(traces)) {
      assertThat(left.filter(Files::isRegularFile)).hasSize(2 * files);
    }
  }

  private static Process start(Path traces, String share) throws IOException {
    return new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-cp", System.getProperty("java.class.path"),
        "io.vmxdecision.app.VmxDecisionApplication",
        "audit", "--beside", "--share", share, traces.toString())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The results, and which files they are. */
  private static Map<Path, Object> results(Path traces) throws IOException {
    Map<Path, Object> results = new HashMap<>();
    try (Stream<Path> all = Files.walk(traces)) {
      for (Path file : all.filter(path -> path.toString().endsWith(AuditCommand.RESULT)).toList()) {
        results.put(file, String.valueOf(Files.getAttribute(file, "unix:ino")));
      }
    }
    return results;
  }
}
