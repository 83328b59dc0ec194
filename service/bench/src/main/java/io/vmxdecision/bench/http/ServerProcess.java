package io.vmxdecision.bench.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server in a process of its own, with little memory; ended by its id. */
final class ServerProcess implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Pattern DECISIONS = Pattern.compile("(?m)^vmx_decisions_total\\{.*} (\\S+)$");
  private static final int PATIENCE_MILLIS = 60_000;

  private final Process process;
  private final int port;

  ServerProcess(String heap) throws IOException, InterruptedException {
    Path log = Files.createTempFile("vmx-decision-bench", ".log");
    process =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                BenchServer.class.getName(),
                "--server.port=0",
                "--server.address=127.0.0.1",
                // For the handler beside the stream, whose body counts as one request's.
                "--vmx-decision.limits.body=1GB",
                "--vmx-decision.overload.body-bytes=1GB"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    port = awaitPort(log);
  }

  int port() {
    return port;
  }

  /** How many decisions it has made so far, by its own metrics. */
  long decisions() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String metrics =
          client
              .send(
                  HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      Matcher matcher = DECISIONS.matcher(metrics);
      double sum = 0;
      while (matcher.find()) {
        sum += Double.parseDouble(matcher.group(1));
      }
      return (long) sum;
    }
  }

  /** The largest resident size so far in MiB, by the kernel. */
  long peakResidentMebibytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException("no VmHWM");
  }

  private int awaitPort(Path log) throws IOException, InterruptedException {
    for (int waited = 0; waited < PATIENCE_MILLIS && process.isAlive(); waited += 100) {
      Matcher matcher = PORT.matcher(Files.readString(log));
      if (matcher.find()) {
        return Integer.parseInt(matcher.group(1));
      }
      Thread.sleep(100);
    }
    throw new IOException("the server did not start; see " + log);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
