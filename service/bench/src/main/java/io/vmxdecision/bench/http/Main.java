package io.vmxdecision.bench.http;

import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.SbeMessages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Measures the service over HTTP as ratios against {@link BaselineController}, in alternating rounds of
 * one run, and prints the table of {@code service/bench/README.md}. The server has 128 MiB of heap. With the
 * argument {@code scenario} it measures scenarios alone, with executable jars {@link Overload} of these instead.
 */
final class Main {
  private static final String HEAP = "128m";
  private static final int ROUNDS = 9;

  /** After so many the server's compilers, which take the same two CPUs, have little left to do. */
  private static final int WARM_UPS = 8;

  private static final int SNAPSHOTS = 200;
  private static final int EXITS = 256;
  private static final long ROUND_BYTES = 256L << 20;
  private static final long LONG_STREAM_BYTES = 2L << 30;
  private static final int CONNECTIONS = 2;
  private static final long JSON_ROUND_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final String SBE = "application/vnd.vmx-decision.v1+sbe";
  private static final String STREAM = "/v1/decisions/stream";
  private static final String LINES = "application/x-ndjson";
  private static final String SCENARIO_ALONE = "scenario";
  private static final String SCENARIO = "/v1/scenarios/stream";
  private static final long DECISION_BATCHES = 40;
  private static final long EVENT_BATCHES = 10_000;

  private final ServerProcess server;

  private Main(ServerProcess server) {
    this.server = server;
  }

  static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
    boolean scenarioAlone = Arrays.equals(args, new String[]{SCENARIO_ALONE});
    if (args.length > 0 && !scenarioAlone) {
      Overload.measure(args);
      return;
    }
    try (ServerProcess server = new ServerProcess(HEAP)) {
      Main main = new Main(server);
      System.out.println("| what | figure |");
      System.out.println("|---|---|");
      if (!scenarioAlone) {
        main.measureStream();
        main.measureJson();
      }
      main.measureScenario();
    }
  }

  private void measureStream() throws IOException, InterruptedException {
    List<JsonNode> cases = RecordedLines.of("/vectors/l2-flush.ndjson.gz").subList(0, EXITS);
    ByteArrayOutputStream snapshots = new ByteArrayOutputStream();
    ByteArrayOutputStream exits = new ByteArrayOutputStream();
    for (int i = 0; i < EXITS; i++) {
      JsonNode request = cases.get(i % SNAPSHOTS).path("request");
      if (i < SNAPSHOTS) {
        snapshots.write(SbeMessages.snapshot(request, i));
      }
      exits.write(SbeMessages.exit(request, i % SNAPSHOTS, i));
    }
    byte[] head = snapshots.toByteArray();
    byte[] batch = exits.toByteArray();

    long batches = ROUND_BYTES / batch.length;
    long answer = Wire.exchange(server.port(), STREAM, SBE, head, batch, batches);
    String baseline = "/bench/stream?request=%d&answer=%d".formatted(batch.length * batches, answer);
    for (int round = 0; round < WARM_UPS; round++) {
      seconds(STREAM, SBE, head, batch, batches);
      seconds(baseline, "application/octet-stream", head, batch, batches);
    }
    double[] service = new double[ROUNDS];
    double[] least = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      service[round] = seconds(STREAM, SBE, head, batch, batches);
      least[round] = seconds(baseline, "application/octet-stream", head, batch, batches);
    }
    row("binary stream, exits per second (median of %d rounds)", EXITS * batches / median(service));
    row("binary stream, MB/s in", batch.length * batches / median(service) / 1e6);
    row("reading the same bytes and writing as many back, MB/s in",
        batch.length * batches / median(least) / 1e6);
    System.out.printf("| **binary stream / reading and writing alone** | **%.2f** (to reach: 0.85) |%n",
        median(least) / median(service));

    long before = server.decisions();
    long longBatches = LONG_STREAM_BYTES / batch.length + 1;
    Wire.exchange(server.port(), STREAM, SBE, head, batch, longBatches);
    long decided = server.decisions() - before;
    if (decided != EXITS * longBatches) {
      throw new IOException("sent " + EXITS * longBatches + " exits, decided " + decided);
    }
    System.out.printf(
        "| one stream of 2 GiB with -Xmx%s | all %,d exits decided; peak resident size %d MiB |%n",
        HEAP, decided, server.peakResidentMebibytes());
  }

  private double seconds(String path, String type, byte[] head, byte[] batch, long batches)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Wire.exchange(server.port(), path, type, head, batch, batches);
    return (System.nanoTime() - start) / 1e9;
  }

  private void measureJson() throws IOException, InterruptedException, ExecutionException {
    List<byte[]> bodies = new ArrayList<>();
    for (JsonNode one : RecordedLines.of("/vectors/l2-flush.ndjson.gz").subList(0, EXITS)) {
      bodies.add(one.path("request").toString().getBytes(StandardCharsets.UTF_8));
    }
    List<byte[]> service = new ArrayList<>();
    List<byte[]> least = new ArrayList<>();
    try (Wire.Connection connection = new Wire.Connection(server.port())) {
      for (byte[] body : bodies) {
        byte[] request = request("/v1/decisions", body);
        int answer = connection.call(request);
        service.add(request);
        least.add(request("/bench/json?answer=" + answer, body));
      }
    }
    double[] serviceRate = new double[ROUNDS];
    double[] leastRate = new double[ROUNDS];
    rate(service);
    rate(least);
    for (int round = 0; round < ROUNDS; round++) {
      serviceRate[round] = rate(service);
      leastRate[round] = rate(least);
    }
    row("JSON, requests per second (median of %d rounds)", median(serviceRate));
    row("parsing the same bodies into the same types and answering as many bytes, requests per second",
        median(leastRate));
    System.out.printf("| **JSON / parsing and answering alone** | **%.2f** (to reach: 0.70) |%n",
        median(serviceRate) / median(leastRate));
  }

  /** Lines of requests, each with its pages, beside lines of events on a machine that has them. */
  private void measureScenario() throws IOException, InterruptedException {
    ByteArrayOutputStream decisions = new ByteArrayOutputStream();
    for (JsonNode one : RecordedLines.of("/vectors/l2-flush.ndjson.gz").subList(0, EXITS)) {
      decisions.write((one.path("request") + "\n").getBytes(StandardCharsets.UTF_8));
    }
    byte[] requests = decisions.toByteArray();
    byte[] machine = (Scenarios.START + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] events = (String.join("\n", Scenarios.EVENTS) + "\n").getBytes(StandardCharsets.UTF_8);
    double[] decision = new double[ROUNDS];
    double[] event = new double[ROUNDS];
    for (int round = -WARM_UPS; round < ROUNDS; round++) {
      double ofDecisions = seconds(STREAM, LINES, new byte[0], requests, DECISION_BATCHES);
      double ofEvents = seconds(SCENARIO, LINES, machine, events, EVENT_BATCHES);
      if (round >= 0) {
        decision[round] = ofDecisions / (EXITS * DECISION_BATCHES);
        event[round] = ofEvents / (Scenarios.EVENTS.size() * EVENT_BATCHES);
      }
    }
    row("lines of decisions, per second (median of %d rounds)", 1 / median(decision));
    row("lines of events of a scenario, per second", 1 / median(event));
    System.out.printf(
        "| **an event of a scenario / a decision, each a line** | **%.3f** (to reach: 0.100) |%n",
        median(event) / median(decision));
  }

  private double rate(List<byte[]> requests) throws IOException, InterruptedException, ExecutionException {
    long start = System.nanoTime();
    long end = start + JSON_ROUND_NANOS;
    long calls = 0;
    try (ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        int offset = i * requests.size() / CONNECTIONS;
        counts.add(clients.submit(() -> callUntil(end, requests, offset)));
      }
      for (Future<Long> count : counts) {
        calls += count.get();
      }
    }
    return calls / ((System.nanoTime() - start) / 1e9);
  }

  private long callUntil(long end, List<byte[]> requests, int offset) throws IOException {
    long calls = 0;
    try (Wire.Connection connection = new Wire.Connection(server.port())) {
      while (System.nanoTime() < end) {
        connection.call(requests.get((int) ((offset + calls) % requests.size())));
        calls++;
      }
    }
    return calls;
  }

  static byte[] request(String path, byte[] body) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(
        ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    request.write(body);
    return request.toByteArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void row(String what, double value) {
    System.out.printf("| %s | %,.0f |%n", what.formatted(ROUNDS), value);
  }
}
