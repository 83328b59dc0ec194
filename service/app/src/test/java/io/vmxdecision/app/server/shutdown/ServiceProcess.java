package io.vmxdecision.app.server.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The service in a process of its own, which is gone after {@link #close}. */
final class ServiceProcess implements AutoCloseable {
  private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

  private final Process process;
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();
  private final int port;

  private ServiceProcess(Process process) throws InterruptedException {
    this.process = process;
    Thread.ofVirtual().start(this::readLog);
    this.port = Integer.parseInt(awaitLog(STARTED));
  }

  /** Starts the service on a free port of this machine, with the classes under test. */
  static ServiceProcess start(String... properties) throws IOException, InterruptedException {
    // Surefire's own class path is a jar that names the others.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    command.add(
        Arrays.stream(classPath.split(File.pathSeparator, -1))
            .filter(entry -> !entry.endsWith("test-classes"))
            .collect(Collectors.joining(File.pathSeparator)));
    command.add("io.vmxdecision.app.VmxDecisionApplication");
    command.addAll(
        List.of(
            "--server.address=127.0.0.1", "--server.port=0", "--vmx-decision.overload.max-wait=10m"));
    command.addAll(List.of(properties));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      return new ServiceProcess(process);
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      process.destroyForcibly();
      throw e;
    }
  }

  int port() {
    return port;
  }

  /** Waits for a line of the log in which {@code pattern} is found; what its group holds. */
  String awaitLog(Pattern pattern) throws InterruptedException {
    List<String> others = new ArrayList<>();
    while (true) {
      String line = log.poll(3, TimeUnit.MINUTES);
      assertThat(line).as("a line with %s after %s", pattern, others).isNotNull();
      Matcher matcher = pattern.matcher(line);
      if (matcher.find()) {
        return matcher.group(1);
      }
      others.add(line);
    }
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.toHandle().destroy(); // Process.destroy() would close the log too
  }

  /** Waits for the end; the exit status. */
  int awaitExit(Duration atMost) throws InterruptedException {
    assertThat(process.waitFor(atMost)).as("the service has ended").isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void readLog() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(log::add);
    } catch (IOException | UncheckedIOException e) {
      log.add("the log ended: " + e);
    }
  }
}
