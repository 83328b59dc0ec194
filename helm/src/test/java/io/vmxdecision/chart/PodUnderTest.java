package io.vmxdecision.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The executable jar in a process of its own, with the variables and the files that the rendered pod has:
 * files lie under {@code root} instead of /, ports are free ones of this machine, which its log tells.
 */
final class PodUnderTest implements AutoCloseable {
  private static final Duration TO_START = Duration.ofMinutes(5);
  private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");
  private static final String MOUNTS = "/etc/vmx-decision";

  /** Makes files under what stands for the root folder. */
  interface Mounts {
    void makeIn(Path root) throws IOException;
  }

  private final Process process;
  private final Path log;
  private final String scheme;
  private int apiPort;
  private int managementPort;

  private PodUnderTest(Process process, Path log, String scheme) {
    this.process = process;
    this.log = log;
    this.scheme = scheme;
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
    replaceByFree(environment, "SERVER_PORT");
    replaceByFree(environment, "MANAGEMENT_SERVER_PORT");
    environment.put("LOGGING_LEVEL_ORG_SPRINGFRAMEWORK_BOOT_TOMCAT", "INFO"); // has the ports
    environment.put("SERVER_ADDRESS", "127.0.0.1");
    environment.put("MANAGEMENT_SERVER_ADDRESS", "127.0.0.1");
    PodUnderTest pod =
        new PodUnderTest(
            builder.start(), log, rendered.of("Service").getFirst().at("/spec/ports/0/name").asText());
    pod.awaitStart(rendered.container().at("/startupProbe/httpGet/path").asText());
    return pod;
  }

  private static String under(Path root, String text) {
    return text.replace("file:" + MOUNTS, "file:" + root + MOUNTS);
  }

  private static void replaceByFree(Map<String, String> environment, String port) {
    if (environment.put(port, "0") == null) {
      throw new AssertionError("the pod has no " + port);
    }
  }

  /** Whether both ports are open; the API's is the first to be. */
  private boolean hasPorts() throws IOException {
    List<Integer> ports =
        STARTED.matcher(Files.readString(log, StandardCharsets.UTF_8)).results()
            .map(found -> Integer.valueOf(found.group(1)))
            .toList();
    if (ports.size() < 2) {
      return false;
    }
    apiPort = ports.get(0);
    managementPort = ports.get(1);
    return true;
  }

  private void awaitStart(String probe) throws IOException, InterruptedException {
    Instant end = Instant.now().plus(TO_START);
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (process.isAlive() && Instant.now().isBefore(end)) {
        Thread.sleep(100);
        if (!hasPorts()) {
          continue;
        }
        try {
          HttpRequest request =
              HttpRequest.newBuilder(management(probe)).timeout(Duration.ofSeconds(10)).build();
          if (client.send(request, BodyHandlers.discarding()).statusCode() == 200) {
            return;
          }
        } catch (IOException e) {
          // Not yet.
        }
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
