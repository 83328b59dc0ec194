package io.vmxdecision.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * The executable jar in a process of its own, with the variables and the files that the rendered pod has:
 * files lie under {@code root} instead of /, ports are free ones of this machine.
 */
final class PodUnderTest implements AutoCloseable {
  private static final Duration TO_START = Duration.ofMinutes(3);
  private static final String MOUNTS = "/etc/vmx-decision";

  /** Makes files under what stands for the root folder. */
  interface Mounts {
    void makeIn(Path root) throws IOException;
  }

  private final Process process;
  private final Path log;
  private final String scheme;
  private final int apiPort;
  private final int managementPort;

  private PodUnderTest(Process process, Path log, String scheme, int apiPort, int managementPort) {
    this.process = process;
    this.log = log;
    this.scheme = scheme;
    this.apiPort = apiPort;
    this.managementPort = managementPort;
  }

  /**
   * Starts it and waits for its startup probe.
   *
   * @param mounts makes what the pod mounts beside its ConfigMap
   */
  static PodUnderTest start(Manifests rendered, Mounts mounts) throws IOException, InterruptedException {
    Path root =
        Files.createTempDirectory(Files.createDirectories(Path.of("target/pods")), "pod").toAbsolutePath();
    for (Map.Entry<String, JsonNode> file : rendered.config().path("data").properties()) {
      Path target = root.resolve(MOUNTS.substring(1)).resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.writeString(target, under(root, file.getValue().asText()));
    }
    mounts.makeIn(root);
    int apiPort = freePort();
    int managementPort = freePort();
    Path log = root.resolve("log.txt");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar",
            Objects.requireNonNull(System.getProperty("service.jar")))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    for (JsonNode variable : rendered.container().path("env")) {
      if (variable.has("value")) {
        environment.put(variable.path("name").asText(), under(root, variable.path("value").asText()));
      }
    }
    replace(environment, "SERVER_PORT", apiPort);
    replace(environment, "MANAGEMENT_SERVER_PORT", managementPort);
    environment.put("SERVER_ADDRESS", "127.0.0.1");
    environment.put("MANAGEMENT_SERVER_ADDRESS", "127.0.0.1");
    PodUnderTest pod =
        new PodUnderTest(
            builder.start(), log, rendered.of("Service").getFirst().at("/spec/ports/0/name").asText(),
            apiPort,
            managementPort);
    pod.awaitStart(rendered.container().at("/startupProbe/httpGet/path").asText());
    return pod;
  }

  private static String under(Path root, String text) {
    return text.replace("file:" + MOUNTS, "file:" + root + MOUNTS);
  }

  private static void replace(Map<String, String> environment, String port, int free) {
    if (environment.put(port, Integer.toString(free)) == null) {
      throw new AssertionError("the pod has no " + port);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitStart(String probe) throws IOException, InterruptedException {
    Instant end = Instant.now().plus(TO_START);
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (process.isAlive() && Instant.now().isBefore(end)) {
        try {
          HttpRequest request =
              HttpRequest.newBuilder(management(probe)).timeout(Duration.ofSeconds(10)).build();
          if (client.send(request, BodyHandlers.discarding()).statusCode() == 200) {
            return;
          }
        } catch (IOException e) {
          // Not yet.
        }
        Thread.sleep(100);
      }
    }
    close();
    throw new AssertionError("the service did not start:\n" + Files.readString(log, StandardCharsets.UTF_8));
  }

  URI api(String path) {
    return URI.create(scheme + "://127.0.0.1:" + apiPort + path);
  }

  /** The management port speaks HTTP, whatever the API speaks. */
  URI management(String path) {
    return URI.create("http://127.0.0.1:" + managementPort + path);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
