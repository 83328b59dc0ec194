package io.vmxdecision.image;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What users of a service send: the README's request, whose answer has to be the README's, and all else that
 * it answers. An answer that is not the one expected is an {@link IllegalStateException}.
 */
final class Traffic {
  /** The body of a curl command in one fenced block of the README, and the JSON in the next. */
  private static final Pattern REQUEST_AND_ANSWER =
      Pattern.compile("curl[^`]*? -d '([^'`]*)'[^`]*```[^`]*```json\\n([^`]*)```");

  /** White space outside of strings. */
  private static final Pattern FILLER = Pattern.compile("(\"(?:[^\"\\\\]|\\\\.)*\")|\\s+");

  /** Which depends on the engine's version, as the README says. */
  private static final Pattern DECISION_ID = Pattern.compile("\"decisionId\":\"sha256:[0-9a-f]{64}\",");

  private static final String JSON = "application/json";
  private static final String LINES = "application/x-ndjson";
  private static final String FRAMES = "application/vnd.vmx-decision.v1+sbe";
  private static final int BATCH = 1000;
  private static final int AT_ONCE = 8;

  /** Somewhat less than the 8 MB that a body may have, in base64. */
  private static final int LARGE_MEMORY = 6_000_000;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI api;
  private final URI management;
  private final String request;
  private final String answer;
  private final byte[] lines;
  private final byte[] frames;

  /**
   * Traffic for a service.
   *
   * @param api the API's address
   * @param management the management port's
   * @param recorded the folder of the recorded traffic
   */
  Traffic(URI api, URI management, Path readme, Path recorded) throws IOException {
    this.api = api;
    this.management = management;
    Matcher shown = REQUEST_AND_ANSWER.matcher(Files.readString(readme));
    require(shown.find(), "the README has no curl command with an answer");
    this.request = shown.group(1);
    this.answer = comparable(shown.group(2));
    this.lines = Files.readAllBytes(recorded.resolve("stream.ndjson"));
    this.frames = Files.readAllBytes(recorded.resolve("stream.sbe"));
  }

  /**
   * Sends it all.
   *
   * @param arguments the API's address, the management port's, the README, the folder of the recorded
   *     traffic, and how often to repeat what makes load
   */
  static void main(String... arguments)
      throws IOException, InterruptedException, ExecutionException {
    Traffic traffic =
        new Traffic(
            URI.create(arguments[0]), URI.create(arguments[1]), Path.of(arguments[2]),
            Path.of(arguments[3]));
    traffic.askOnce();
    traffic.sendLoad(Integer.parseInt(arguments[4]));
    traffic.askForContract();
    traffic.sendLarge();
    traffic.sendDense();
  }

  /** One of each that most clients send. */
  void askOnce() throws IOException, InterruptedException {
    askReadmeQuestion();
    askEverythingElse();
    batch(1);
    stream(LINES, lines);
    stream(FRAMES, frames);
  }

  private void sendLoad(int times) throws IOException, InterruptedException, ExecutionException {
    long begin = System.nanoTime();
    List<String> cases = new String(lines, StandardCharsets.UTF_8).lines().toList();
    int decisions = 0;
    for (int i = 0; i < times; i++) {
      decisions += inParallel(cases.stream().map(line -> decision("/v1/decisions", line)).toList());
      decisions += batch(BATCH);
      decisions += stream(LINES, lines);
      decisions += stream(FRAMES, frames);
    }
    System.out.printf(
        "%d decisions in %d ms, one by one, in batches and in streams%n",
        decisions, (System.nanoTime() - begin) / 1_000_000);
  }

  private void askReadmeQuestion() throws IOException, InterruptedException {
    String given = ok(post("/v1/decisions", JSON, request));
    require(comparable(given).equals(answer), "the answer is not the README's: " + given);
  }

  private void askEverythingElse() throws IOException, InterruptedException {
    ok(post("/v1/decisions?explain=true&include=evmcsPage", JSON, request));
    String fault = post("/v1/decisions", JSON, "{\"snapshot\": 1}").body();
    require(fault.contains("/snapshot"), "a faulty request is not told where: " + fault);
    String fields = "{\"evmcsFields\":{\"revision_id\":\"0x1\"}}";
    String page = ok(post("/v1/evmcs/encode", JSON, fields));
    ok(post("/v1/evmcs/decode?nonzero=true", JSON, page));
    ok(post("/v1/evmcs/check", JSON, fields));
    for (String path : List.of(
        "/v1/rules", "/v1/exit-reasons", "/v1/exit-reasons/0x10000031", "/v1/evmcs/fields")) {
      ok(get(api, path));
    }
    for (String path : List.of(
        "/actuator/health/liveness", "/actuator/health/readiness", "/actuator/prometheus")) {
      ok(get(management, path));
    }
  }

  private void askForContract() throws IOException, InterruptedException {
    ok(get(api, "/v3/api-docs"));
    ok(get(api, "/swagger-ui/index.html"));
  }

  /** Some of them are refused, if there is no room for all at once. */
  private void sendLarge() throws InterruptedException, ExecutionException {
    int answered = inParallel(Collections.nCopies(AT_ONCE, untilTaken("/v1/decisions", large(), 200)));
    System.out.println(answered + " bodies of 8 MB at once");
  }

  /** Bodies that are allowed to be as large, and would become many times as large in memory. */
  private void sendDense() throws InterruptedException, ExecutionException {
    String names =
        IntStream.range(0, 240_000).mapToObj(i -> "\"p" + i + "\":1").collect(Collectors.joining(","));
    String objects = String.join(",", Collections.nCopies(120_000, "{\"a\":1}"));
    String many = String.join(",", Collections.nCopies(500_000, "{\"vpIndex\":0}"));
    List<Callable<Integer>> requests = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      requests.add(untilTaken("/v1/decisions", "{" + names + "}", 413));
      requests.add(untilTaken("/v1/evmcs/encode", "{\"evmcsFields\":{" + names + "}}", 413));
      requests.add(untilTaken("/v1/decisions/batch", "{\"requests\":[{" + names + "}]}", 413));
      requests.add(untilTaken("/v1/decisions", "{\"snapshot\":{\"memory\":[" + objects + "]}}", 400));
      requests.add(untilTaken("/v1/decisions", "{\"snapshot\":{\"vcpus\":[" + many + "]}}", 413));
    }
    System.out.println(inParallel(requests) + " bodies were refused that swell in memory");
  }

  private int batch(int size) throws IOException, InterruptedException {
    String body = "{\"requests\":[" + String.join(",", Collections.nCopies(size, request)) + "]}";
    String given = ok(post("/v1/decisions/batch", JSON, body));
    int decided = count(given, "\"handledBy\"");
    require(decided == size, "a batch has " + decided + " decisions");
    return decided;
  }

  private int stream(String type, byte[] body) throws IOException, InterruptedException {
    HttpResponse<byte[]> given =
        client.send(
            HttpRequest.newBuilder(api.resolve("/v1/decisions/stream"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body))
                .build(),
            BodyHandlers.ofByteArray());
    require(given.statusCode() == 200, "a stream of " + type + ": " + given.statusCode());
    int cases = count(new String(lines, StandardCharsets.UTF_8), "\n");
    if (type.equals(LINES)) {
      String text = new String(given.body(), StandardCharsets.UTF_8);
      int answers = count(text, "\"handledBy\"");
      require(answers == cases, "a stream has " + answers + " decisions");
    } else {
      int answers = countFrames(given.body());
      require(answers == cases, "a binary stream has " + answers + " answers");
    }
    return cases;
  }

  private Callable<Integer> decision(String path, String body) {
    return () -> {
      ok(post(path, JSON, body));
      return 1;
    };
  }

  private Callable<Integer> untilTaken(String path, String body, int status) {
    return () -> {
      HttpResponse<String> given = post(path, JSON, body);
      while (given.statusCode() == 503) {
        Thread.sleep(1000);
        given = post(path, JSON, body);
      }
      require(given.statusCode() == status, given + ": " + given.body());
      return 1;
    };
  }

  private static int inParallel(List<Callable<Integer>> requests)
      throws InterruptedException, ExecutionException {
    int done = 0;
    try (ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE)) {
      for (Future<Integer> each : clients.invokeAll(requests)) {
        done += each.get();
      }
    }
    return done;
  }

  /** The README's request with as much memory as a body can carry. */
  private String large() {
    String memory = Base64.getEncoder().encodeToString(new byte[LARGE_MEMORY]);
    return request.replaceFirst(
        "\"snapshot\": *\\{",
        "$0\"memory\":[{\"gpa\":\"0x100000000\",\"bytes\":\"" + memory + "\"}],");
  }

  private HttpResponse<String> post(String path, String type, String body)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(api.resolve(path))
            .header("Content-Type", type)
            .timeout(Duration.ofMinutes(2))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(URI server, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofMinutes(2)).build(),
        BodyHandlers.ofString());
  }

  private static String ok(HttpResponse<String> response) {
    require(response.statusCode() == 200, response.request() + ": " + response.body());
    return response.body();
  }

  private static int count(String text, String what) {
    return (int) IntStream.iterate(text.indexOf(what), at -> at >= 0, at -> text.indexOf(what, at + 1))
        .count();
  }

  /** Frames begin with their length, 32 bits in network byte order. */
  private static int countFrames(byte[] body) {
    int frames = 0;
    for (int at = 0; at < body.length; frames++) {
      at += (body[at] & 0xff) << 24 | (body[at + 1] & 0xff) << 16 | (body[at + 2] & 0xff) << 8
          | (body[at + 3] & 0xff);
    }
    return frames;
  }

  private static String comparable(String json) {
    String dense = FILLER
        .matcher(json)
        .replaceAll(found -> found.group(1) == null ? "" : Matcher.quoteReplacement(found.group(1)));
    return DECISION_ID.matcher(dense).replaceFirst("");
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
