package io.vmxdecision.bench.http;

import io.vmxdecision.app.support.RecordedLines;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a service does with more than it can do: {@value #CLIENTS} clients, each of which sends the next request of 16
 * KB when the last is answered. For executable jars that are given, one after the other, {@value #ROUNDS} times.
 */
final class Overload {
  private static final int CLIENTS = 512;
  private static final int ROUNDS = 3;
  private static final int BODY_BYTES = 16 * 1024;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int PROBE_MILLIS = 100;
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

  private Overload() {}

  static void measure(String... jars) throws IOException, InterruptedException, ExecutionException {
    System.out.println("| jar | 200s a second | p50 ms | p99 | p99.9 | longest | 503s | their longest"
        + " | others | liveness p50 ms | longest |");
    System.out.println("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (int round = 0; round < ROUNDS; round++) {
      for (String jar : jars) {
        measure(Path.of(jar));
      }
    }
  }

  private static void measure(Path jar) throws IOException, InterruptedException, ExecutionException {
    Path log = Files.createTempFile("vmx-decision-overload", ".log");
    Process process =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-jar",
            jar.toString(), "--server.port=0", "--management.server.port=0", "--server.address=127.0.0.1")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      List<Integer> ports = awaitPorts(process, log);
      load(ports.getFirst(), ports.getLast(), WARM_UP_NANOS);
      System.out.println("| " + jar.getFileName() + load(ports.getFirst(), ports.getLast(), NANOS));
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  private static List<Integer> awaitPorts(Process process, Path log)
      throws IOException, InterruptedException {
    while (process.isAlive()) {
      List<Integer> ports = new ArrayList<>();
      Matcher matcher = PORT.matcher(Files.readString(log));
      while (matcher.find()) {
        ports.add(Integer.valueOf(matcher.group(1)));
      }
      if (ports.size() == 2) { // the API's first
        return ports;
      }
      Thread.sleep(100);
    }
    throw new IOException("the server did not start; see " + log);
  }

  private static String load(int port, int management, long nanos)
      throws IOException, InterruptedException, ExecutionException {
    long end = System.nanoTime() + nanos;
    try (ClosedLoop clients = new ClosedLoop(port, request());
        ExecutorService prober = Executors.newSingleThreadExecutor()) {
      Future<List<Long>> probing = prober.submit(() -> probe(management, end));
      clients.run(CLIENTS, end);
      List<Long> accepted = clients.accepted();
      List<Long> refused = clients.refused();
      List<Long> probes = probing.get();
      return " | %,.0f | %.0f | %.0f | %.0f | %.0f | %d | %.0f | %d | %.0f | %.0f |".formatted(
          accepted.size() * 1e9 / nanos, millis(accepted, 0.5), millis(accepted, 0.99),
          millis(accepted, 0.999),
          millis(accepted, 1), refused.size(), millis(refused, 1), clients.others(), millis(probes, 0.5),
          millis(probes, 1));
    }
  }

  private static double millis(List<Long> nanos, double share) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
  }

  /** Liveness, again and again, over a new connection each as probes do. */
  private static List<Long> probe(int port, long end) throws IOException, InterruptedException {
    List<Long> nanos = new ArrayList<>();
    HttpRequest liveness =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/health/liveness"))
            .timeout(Duration.ofMinutes(1)).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (System.nanoTime() < end) {
        long start = System.nanoTime();
        if (client.send(liveness, BodyHandlers.ofString()).statusCode() != 200) {
          throw new IOException("not alive");
        }
        nanos.add(System.nanoTime() - start);
        Thread.sleep(PROBE_MILLIS);
      }
    }
    return nanos;
  }

  private static byte[] request() throws IOException {
    String recorded = RecordedLines.of("/vectors/l2-flush.ndjson.gz").getFirst().path("request").toString();
    String json = recorded + " ".repeat(Math.max(0, BODY_BYTES - recorded.length()));
    return Main.request("/v1/decisions", json.getBytes(StandardCharsets.UTF_8));
  }
}
