package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.vmxdecision.app.replay.ReplayCommand;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RandomQuestion;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SbeMessages;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.StreamClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.erdtman.jcs.JsonCanonicalizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A service that writes decisions down, with pages. */
@RunningService
class DecisionLogTest {
  private static final String STREAM = ServiceClient.DECISIONS + "/stream";
  private static final String ENTRIES = "/v1/vm-entries";
  private static final Path DOCUMENT = Path.of("../../api-spec/decision-log.md");
  private static final Path SCHEMA = Path.of("../../api-spec/decision-log-line.schema.json");

  @TempDir private static Path folder;

  private final int port;
  private final ServiceClient service;
  private final LoggedLines log = new LoggedLines(file());

  DecisionLogTest(@LocalServerPort int port) {
    this.port = port;
    this.service = new ServiceClient(port);
  }

  private static Path file() {
    return folder.resolve("logs/decisions.ndjson");
  }

  @DynamicPropertySource
  static void decisionLog(DynamicPropertyRegistry properties) {
    properties.add("vmx-decision.decision-log.enabled", () -> true);
    properties.add("vmx-decision.decision-log.file", DecisionLogTest::file);
    properties.add("vmx-decision.decision-log.pages", () -> true);
    properties.add("vmx-decision.decision-log.max-file-size", () -> "4GB");
    properties.add("vmx-decision.decision-log.queue", () -> "200MB");
  }

  @Test
  void aDecisionIsALineWhicheverWayItsRequestComesAndAlwaysHasTheSameId() throws IOException {
    JsonNode request = RecordedLines.of("/vectors/l2-flush.ndjson.gz").getFirst().path("request");
    List<String> ids = new ArrayList<>();
    ids.add(service.decide(request.toString()).ok().text("/decisionId"));
    ids.add(
        service
            .post(ServiceClient.BATCH, BodyPublishers.ofString("{\"requests\":[" + request + "]}"))
            .ok()
            .text("/results/0/decision/decisionId"));
    ObjectNode less = (ObjectNode) request.deepCopy();
    Form form = new Form();
    for (String page : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
      @Nullable JsonNode bytes = ((ObjectNode) less.path("snapshot")).remove(page);
      if (bytes != null) {
        form.file(page, Base64.getDecoder().decode(bytes.asString()));
      }
    }
    ids.add(
        form.text("request", less.toString())
            .sendTo(service, ServiceClient.PAGES)
            .ok()
            .text("/decisionId"));
    ids.add(JsonMapper.shared().readTree(stream(request + "\n")).path("decisionId").asString());
    try (StreamClient stream =
        new StreamClient(port, STREAM, "application/vnd.vmx-decision.v1+sbe")) {
      stream.send(SbeMessages.snapshot(request, 1));
      stream.send(SbeMessages.exit(request, 1, -2));
      stream.end();
      assertThat(stream.readAll()).isNotEmpty();
    }

    List<JsonNode> lines = log.await(5);
    assertThat(ids).allMatch(ids.getFirst()::equals);
    assertThat(lines).extracting(line -> line.path("decisionId").asString())
        .containsOnly(ids.getFirst());
    assertThat(lines).extracting(line -> line.path("via").asString())
        .containsExactly("decisions", "batch", "pages", "stream", "sbe");
    assertThat(lines.getLast().path("correlationId").asString()).isEqualTo("0xfffffffffffffffe");
    assertThat(lines).extracting(line -> line.path("answerSha256").asString())
        .containsOnly(lines.getFirst().path("answerSha256").asString());
  }

  @Test
  void theBinaryStreamHasTheIdsOfTheSameRequestsInJson() throws IOException {
    List<JsonNode> requests = requests("routing").limit(300).toList();
    try (StreamClient stream =
        new StreamClient(port, STREAM, "application/vnd.vmx-decision.v1+sbe")) {
      for (int i = 0; i < requests.size(); i++) {
        stream.send(SbeMessages.snapshot(requests.get(i), 0));
        stream.send(SbeMessages.exit(requests.get(i), 0, i));
      }
      stream.end();
      stream.readAll();
    }
    String answers = stream(lines(requests));
    List<JsonNode> lines = log.await(2 * requests.size());
    assertThat(lines.subList(0, requests.size()))
        .extracting(line -> line.path("decisionId").asString())
        .isEqualTo(
            answers
                .lines()
                .map(answer -> JsonMapper.shared().readTree(answer).path("decisionId").asString())
                .toList());
  }

  /** Writing a question in JSON and reading it is the identity. */
  @Test
  void aQuestionWrittenInJsonIsReadAsTheSameQuestion() throws IOException {
    List<JsonNode> questions = randomQuestions();
    stream(lines(questions));
    assertThat(log.await(questions.size())).extracting(line -> line.path("request")).isEqualTo(questions);
  }

  /** And so is writing it as a Snapshot and an Exit. */
  @Test
  void aQuestionWrittenAsMessagesIsReadAsTheSameQuestion() throws IOException {
    List<JsonNode> questions = randomQuestions();
    try (StreamClient stream =
        new StreamClient(port, STREAM, "application/vnd.vmx-decision.v1+sbe")) {
      for (int i = 0; i < questions.size(); i++) {
        stream.send(SbeMessages.snapshot(questions.get(i), i % 10));
        stream.send(SbeMessages.exit(questions.get(i), i % 10, i));
      }
      stream.end();
      stream.readAll();
    }
    assertThat(log.await(questions.size())).extracting(line -> line.path("request")).isEqualTo(questions);
  }

  private static List<JsonNode> randomQuestions() {
    return LongStream.range(0, 300).mapToObj(seed -> written(RandomQuestion.of(seed))).toList();
  }

  private static JsonNode written(Question question) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CanonicalJson out = new CanonicalJson(bytes)) {
      CanonicalRequest.write(question, null, new GuestBytes.Whole(), out);
    }
    return JsonMapper.shared().readTree(bytes.toByteArray());
  }

  @Test
  void theIdIsThatOfTheMeaningAndNotOfTheWriting() {
    SampleRequest plain = SampleRequest.flush();
    String id = service.decide(plain.toString()).ok().text("/decisionId");
    SampleRequest spelledOut =
        plain
            .with("/id", "\"another\"")
            .with("/profile", "\"kvm-6.12\"")
            .with("/snapshot/vcpu", "0")
            .with("/snapshot/host", "{\"la57\": false}")
            .with("/snapshot/registers/r9", "\"0X000\"")
            .with("/exit/from", "\"L2\"");
    assertThat(service.explain(spelledOut.toString()).ok().text("/decisionId")).isEqualTo(id);
    SampleRequest other = plain.with("/snapshot/registers/r9", "\"0x1\"");
    assertThat(service.decide(other.toString()).ok().text("/decisionId")).isNotEqualTo(id);
    assertThat(log.await(3)).extracting(line -> line.path("decisionId").asString())
        .startsWith(id, id).last().isNotEqualTo(id);
  }

  @Test
  void recordedDecisionsAreReplayedByteForByte() throws IOException {
    String plain = stream(lines(requests("l2-flush", "ineligible").toList()));
    String explained =
        stream("?explain=true&include=evmcsPage", lines(requests("l1-flush", "routing").toList()));
    String lines = log.text(2000);

    List<String> answers = Stream.concat(plain.lines(), explained.lines()).toList();
    assertThat(
        lines
            .lines()
            .map(line -> JsonMapper.shared().readTree(line).path("answerSha256").asString()))
        .isEqualTo(answers.stream().map(answer -> sha256(answer)).toList());

    Replayed replayed = replay(lines);
    assertThat(replayed.reports()).isEmpty();
    assertThat(replayed.summary().path("same").asInt()).isEqualTo(2000);
    assertThat(replayed.status()).isZero();

    // And by any service, as requests.
    String again =
        lines
            .lines()
            .limit(1200)
            .map(line -> JsonMapper.shared().readTree(line).path("request") + "\n")
            .collect(Collectors.joining());
    assertThat(stream(again)).isEqualTo(plain);
  }

  @Test
  void decisionsOfTheTextAreLinesThatAreReplayedByteForByte() throws IOException {
    List<String> asked =
        requests("profiles")
            .map(request -> ((ObjectNode) request).put("profile", "tlfs"))
            .map(request -> request.toString())
            .toList();
    String answers = stream("?explain=true", String.join("\n", asked));
    List<String> decided = answers.lines().filter(answer -> answer.contains("decisionId")).toList();
    String text = log.text(decided.size());
    Schema schema = lineSchema();
    List<JsonNode> lines = text.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = lines.get(i);
      assertThat(schema.validate(line)).as(line.toString()).isEmpty();
      assertThat(line.path("answerSha256").asString()).isEqualTo(sha256(decided.get(i)));
      JsonNode answer = JsonMapper.shared().readTree(decided.get(i));
      assertThat(line.at("/outcome/handledBy")).isEqualTo(answer.path("handledBy"));
      assertThat(line.at("/outcome/openQuestions").size()).isEqualTo(answer.path("openQuestions").size());
      assertThat(line.at("/outcome/allowed").size()).isEqualTo(answer.at("/hypercall/allowed").size());
    }
    assertThat(lines).hasSizeGreaterThan(100);
    Replayed replayed = replay(text);
    assertThat(replayed.reports()).isEmpty();
    assertThat(replayed.summary().path("same").asInt()).isEqualTo(lines.size());
  }

  /** By their ids and bytes: what a line holds is the whole question. */
  @ParameterizedTest
  @ValueSource(strings = {"entry", "entry-vmcs", "entry-sdm"})
  void vmEntriesAreLinesThatAreReplayedByteForByte(String vectors) throws IOException {
    List<JsonNode> requests = requests(vectors).limit(200).toList();
    String answers = streamTo(ENTRIES + "/stream?explain=true", lines(requests));
    String plain = streamTo(ENTRIES + "/stream", lines(requests));
    String text = log.text(2 * requests.size());
    Schema schema = lineSchema();
    List<JsonNode> lines = text.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    List<String> said = Stream.concat(answers.lines(), plain.lines()).toList();
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = lines.get(i);
      assertThat(line.path("kind").asString()).isEqualTo("vm-entry");
      assertThat(line.path("via").asString()).isEqualTo("stream");
      assertThat(schema.validate(line)).as(line.toString()).isEmpty();
      assertThat(line.path("answerSha256").asString()).isEqualTo(sha256(said.get(i)));
      JsonNode answer = JsonMapper.shared().readTree(said.get(i));
      assertThat(line.path("decisionId")).isEqualTo(answer.path("decisionId"));
      assertThat(idOf(line.path("engine").asString(), redacted(line)))
          .isEqualTo(line.path("decisionId").asString());
      assertThat(line.at("/outcome/violations").valueStream().map(JsonNode::asString))
          .isEqualTo(answer.path("violations").findValuesAsString("check"));
    }
    Replayed replayed = replay(text);
    assertThat(replayed.reports()).isEmpty();
    assertThat(replayed.summary().path("same").asInt()).isEqualTo(lines.size());
    String again = lines.stream().limit(requests.size()).map(line -> line.path("request") + "\n")
        .collect(Collectors.joining());
    assertThat(streamTo(ENTRIES + "/stream?explain=true", again)).isEqualTo(answers);
  }

  /** A question of a bare CPU, of which nearly everything is unknown: nothing is made up on the way. */
  @Test
  void aVmEntryHasTheSameIdWhicheverWayItComesAndIsReplayedWithLinesOfExits() {
    String fields = "{\"guest_rflags\":\"0x02\",\"0x6802\":\"0X1000\"}";
    String entry = "{\"profile\":\"sdm\",\"snapshot\":{\"vmcsFields\":" + fields
        + "},\"entry\":{\"instruction\":\"VMRESUME\",\"launched\":true,\"vmcsPointer\":\"0x5000\"},"
        + "\"capabilities\":{\"maxPhyAddr\":39,\"lam\":true}}";
    List<String> ids = new ArrayList<>();
    ids.add(service.post(ENTRIES, BodyPublishers.ofString(entry)).ok().text("/decisionId"));
    ids.add(
        service.post(ENTRIES + "/batch", BodyPublishers.ofString("{\"requests\":[" + entry + "]}")).ok()
            .text("/results/0/decision/decisionId"));
    ids.add(
        JsonMapper.shared().readTree(streamTo(ENTRIES + "/stream", entry)).path("decisionId").asString());
    service.decide(SampleRequest.flush().toString()).ok();
    String other = entry.replace("39", "40");
    assertThat(service.post(ENTRIES, BodyPublishers.ofString(other)).ok().text("/decisionId"))
        .isNotEqualTo(ids.getFirst());
    assertThat(ids).containsOnly(ids.getFirst());
    List<JsonNode> lines = log.await(5);
    assertThat(lines).extracting(line -> line.path("kind").asString() + " " + line.path("via").asString())
        .containsExactly(
            "vm-entry vm-entries", "vm-entry batch", "vm-entry stream", "vm-exit decisions",
            "vm-entry vm-entries");
    assertThat(lines.getFirst().at("/request/snapshot/vmcsFields").propertyNames())
        .containsExactly("guest_cr3", "guest_rflags");
    assertThat(lines.getFirst().at("/request/capabilities").propertyNames())
        .containsExactly("lam", "maxPhyAddr");
    String text = lines(lines);
    assertThat(replay(text).status()).isZero();
    // Lines that were written before there were VM-entries have no kind.
    assertThat(replay(text.replace("\"kind\":\"vm-exit\",", "")).status()).isZero();
    Replayed changed = replay(text.replace("\"outcome\":\"ENTERS\"", "\"outcome\":\"VM_FAIL_INVALID\"")
        .replace("\"outcome\":\"FAILED_ENTRY\"", "\"outcome\":\"VM_FAIL_INVALID\"")
        .replace("\"outcome\":\"VM_FAIL_VALID\"", "\"outcome\":\"VM_FAIL_INVALID\""));
    assertThat(changed.summary().path("different").asInt()).isEqualTo(4);
    assertThat(changed.reports()).allSatisfy(
        report -> assertThat(report.path("differs").valueStream().map(JsonNode::asString))
            .containsExactly("outcome"));
    Replayed bad = replay(text.replace("\"include\":[]", "\"include\":[\"evmcsPage\"]"));
    assertThat(bad.summary().path("bad").asInt()).isEqualTo(4);
  }

  @Test
  void theIdOfAVmEntryIsThatOfWhatItsChecksLookAt() {
    String entry = "{\"snapshot\":{\"vmcsFields\":{}},\"entry\":{\"instruction\":\"VMLAUNCH\"}}";
    String more = "{\"id\":\"a\",\"profile\":\"kvm-6.12\",\"snapshot\":{\"vmcsFields\":{},\"vcpu\":0,"
        + "\"cpuid\":{\"rtm\":true,\"nestedEax\":\"0x1\"},\"host\":{\"la57\":false}},\"entry\":{\"instruction\":\"VMLAUNCH\",\"longMode\":true},"
        + "\"capabilities\":{\"maxPhyAddr\":46}}";
    String id = service.post(ENTRIES, BodyPublishers.ofString(entry)).ok().text("/decisionId");
    assertThat(service.post(ENTRIES, BodyPublishers.ofString(more)).ok().text("/decisionId")).isEqualTo(id);
    String other = entry.replace("VMLAUNCH", "VMRESUME");
    assertThat(service.post(ENTRIES, BodyPublishers.ofString(other)).ok().text("/decisionId"))
        .isNotEqualTo(id);
    assertThat(replay(log.text(3)).status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"outcome", "rules", "answer", "decisionId", "refused"})
  void aLineThatWasChangedIsFound(String changed) {
    service.decide(SampleRequest.flush().with("/id", "\"a\"").toString()).ok();
    ObjectNode line = (ObjectNode) log.await(1).getFirst();
    ObjectNode snapshot = (ObjectNode) line.path("request").path("snapshot");
    switch (changed) {
      case "outcome" -> ((ObjectNode) line.path("outcome")).put("handledBy", "L1");
      case "rules" -> ((ObjectNode) line.path("rules")).put("met", "0x1");
      case "answer" -> ((ObjectNode) line.path("request")).put("id", "b");
      case "decisionId" -> ((ObjectNode) snapshot.path("registers")).put("r15", "0x1");
      default -> snapshot.put("vcpu", 7);
    }
    Replayed replayed = replay(line + "\n");
    assertThat(replayed.status()).isEqualTo(1);
    assertThat(replayed.reports()).hasSize(1);
    JsonNode report = replayed.reports().getFirst();
    assertThat(report.path("line").asInt()).isEqualTo(1);
    assertThat(report.path("result").asString()).isEqualTo("DIFFERENT");
    assertThat(report.path("differs").valueStream().map(JsonNode::asString)).containsExactly(changed);
  }

  @Test
  void aLineOfAnotherEngineIsHeldAgainstThisOne() {
    service.decide(SampleRequest.flush().toString()).ok();
    String line = log.text(1);
    // As the other engine would have written it: its id is of its version, and so is its answer.
    JsonNode json = JsonMapper.shared().readTree(line);
    String id = idOf("0.0.9+0", redacted(json));
    String other =
        line.replace(json.path("decisionId").asString(), id).replace(EngineVersion.CURRENT, "0.0.9+0");
    Replayed replayed = replay(other);
    assertThat(replayed.summary().path("otherEngine").asInt()).isEqualTo(1);
    assertThat(replayed.reports().getFirst().path("differs").valueStream().map(JsonNode::asString))
        .as("the digest of the answer was left as it is, which has the old id")
        .containsExactly("answer");
    assertThat(replayed.reports().getFirst().path("engine").asString()).isEqualTo("0.0.9+0");
  }

  @Test
  void whatIsNoLineOfALogIsTold() {
    service.decide(SampleRequest.flush().toString()).ok();
    String good = log.text(1);
    Replayed replayed = replay("{\"a\": 1}\nnonsense\n\n" + good + "[]\n" + good.strip() + "}");
    assertThat(replayed.status()).isEqualTo(2);
    assertThat(replayed.reports())
        .extracting(report -> report.path("line").asInt() + report.path("result").asString())
        .containsExactly("1BAD", "2BAD", "5BAD", "6BAD");
    assertThat(replayed.summary().path("same").asInt()).isEqualTo(1);
  }

  /** Whatever somebody has done to a line: it is told of, and the one after it is replayed. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "\"options\":\\{[^}]*\\} | \"options\":null",
    "\"include\":\\[\\] | \"include\":null",
    "\"include\":\\[\\] | \"include\":[null]",
    "\"explain\":false | \"explain\":null",
    "\"request\":\\{.* | \"request\":null}",
    "\"engine\":\"[^\"]*\" | \"engine\":null",
    "\"decisionId\":\"[^\"]*\" | \"decisionId\":null",
    "\"answerSha256\":\"[^\"]*\" | \"answerSha256\":null",
    "\"vcpu\":0 | \"vcpu\":0,\"vcpu\":0",
    "\"vcpu\":0 | \"vcpu\":1e300"})
  void aTamperedLineIsToldAndTheRestIsReplayed(String part, String tampered) {
    service.decide(SampleRequest.flush().toString()).ok();
    String good = log.text(1);
    String bad = good.strip().replaceFirst(part, Matcher.quoteReplacement(tampered));
    assertThat(bad).isNotEqualTo(good.strip());
    Replayed replayed = replay(bad + "\n" + good);
    assertThat(replayed.reports()).hasSize(1);
    JsonNode report = replayed.reports().getFirst();
    assertThat(report.path("line").asInt()).isEqualTo(1);
    if (tampered.contains("1e300")) { // a request of a log, but not one that is taken
      assertThat(report.path("result").asString()).isIn("BAD", "DIFFERENT");
    } else {
      assertThat(report.path("result").asString()).isEqualTo("BAD");
      assertThat(replayed.status()).isEqualTo(2);
    }
    assertThat(replayed.summary().path("same").asInt()).isEqualTo(1);
  }

  @Test
  void aCommandThatSaysNotWhatToReadIsRefused() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    for (List<String> arguments : List.of(List.<String>of(), List.of("-x"), List.of("a", "b"))) {
      ReplayCommand command =
          new ReplayCommand(
              InputStream.nullInputStream(), System.out, new PrintStream(err));
      assertThat(command.run(arguments)).isEqualTo(2);
    }
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("usage: replay");
    ReplayCommand command =
        new ReplayCommand(InputStream.nullInputStream(), System.out, new PrintStream(err));
    assertThat(command.run(List.of("no-such-file"))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("cannot be read: no-such-file");
  }

  /** By an implementation of RFC 8785 that is not ours. */
  @Test
  void theIdIsTheDigestOfTheRequestByRfc8785() {
    stream(lines(requests("l2-flush", "routing").limit(1200).toList()));
    for (JsonNode line : log.await(1200)) {
      assertThat(idOf(line.path("engine").asString(), redacted(line)))
          .isEqualTo(line.path("decisionId").asString());
    }
  }

  @Test
  void everyLineFitsItsSchema() throws IOException {
    stream("?explain=true&include=evmcsPage", lines(requests("ineligible").toList()));
    stream(lines(requests("l1-flush", "routing").skip(150).limit(200).toList()));
    service.decide(SampleRequest.flush().with("/id", "\"an id\"").toString()).ok();
    Schema schema = lineSchema();
    for (JsonNode line : log.await(401)) {
      assertThat(schema.validate(line)).as(line.toString()).isEmpty();
    }
    assertThat(schema.validate(JsonMapper.shared().readTree("{}"))).isNotEmpty();
  }

  private static Schema lineSchema() throws IOException {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(Files.readString(SCHEMA), InputFormat.JSON);
  }

  @Test
  void theDocumentShowsALineThatFitsTheSchema() throws IOException {
    assumeThat(DOCUMENT).exists();
    Matcher shown = Pattern.compile("```json\\n(\\{[^`]*})\\n```").matcher(Files.readString(DOCUMENT));
    assertThat(shown.find()).isTrue();
    JsonNode line = JsonMapper.shared().readTree(shown.group(1));
    Schema schema = lineSchema();
    assertThat(schema.validate(line)).isEmpty();
    assertThat(idOf(line.path("engine").asString(), redacted(line)))
        .isEqualTo(line.path("decisionId").asString());
  }

  @Test
  void anIdThatWouldBreakALineDoesNot() {
    List<String> ids =
        List.of(
            "a\nb\r\n{\"decisionId\":\"x\"}", "\u0000\u001b[31m\u007f\u0085", "\u2028\u2029",
            "\"},\\", "\ud83d\ude00".repeat(256), "x".repeat(256));
    for (String id : ids) {
      ObjectNode request = (ObjectNode) SampleRequest.flush().json().deepCopy();
      service.decide(request.put("id", id).toString()).ok();
    }
    String text = log.text(ids.size());
    assertThat(text).matches("[\\x20-\\x7f\\n]*");
    assertThat(text.lines().map(line -> JsonMapper.shared().readTree(line).at("/request/id").asString()))
        .isEqualTo(ids);
    assertThat(replay(text).status()).isZero();
  }

  @Test
  void linesOfManyClientsAreWhole() {
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    String requests = lines(requests("l2-flush").limit(50).toList());
    for (int i = 0; i < 8; i++) {
      clients.add(CompletableFuture.runAsync(() -> stream(requests)));
    }
    clients.forEach(CompletableFuture::join);
    assertThat(log.await(400)).allMatch(line -> line.has("answerSha256"));
  }

  @Test
  void whatIsRefusedIsNoDecision() {
    service.decide("{}").problem(400);
    service.decide(SampleRequest.flush().without("/snapshot/evmcsFields").with("/exit/reason", "\"0xc\"")
        .toString()).problem(422);
    Answer good = service.decide(SampleRequest.flush().toString()).ok();
    assertThat(log.await(1).getFirst().path("answerSha256").asString()).isEqualTo(sha256(good.body()));
  }

  private static Stream<JsonNode> requests(String... vectors) {
    return Stream.of(vectors)
        .flatMap(name -> RecordedLines.of("/vectors/" + name + ".ndjson.gz").stream())
        .map(one -> one.path("request"));
  }

  private static String lines(List<JsonNode> requests) {
    StringBuilder lines = new StringBuilder();
    requests.forEach(request -> lines.append(request).append('\n'));
    return lines.toString();
  }

  private String stream(String lines) {
    return stream("", lines);
  }

  private String stream(String parameters, String lines) {
    return streamTo(STREAM + parameters, lines);
  }

  private String streamTo(String path, String lines) {
    return service
        .send(
            service
                .request(path)
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(lines)))
        .ok()
        .body();
  }

  private static String sha256(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The request of a line, with digests in place of pages and memory. */
  private static ObjectNode redacted(JsonNode line) {
    ObjectNode request = (ObjectNode) line.path("request").deepCopy();
    Function<String, String> digest =
        text -> text.startsWith("sha256:") ? text : Sha256.of(Base64.getDecoder().decode(text));
    ObjectNode snapshot = (ObjectNode) request.path("snapshot");
    for (String page : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
      if (snapshot.has(page)) {
        snapshot.put(page, digest.apply(snapshot.path(page).asString()));
      }
    }
    for (JsonNode region : snapshot.path("memory")) {
      ((ObjectNode) region).put("bytes", digest.apply(region.path("bytes").asString()));
    }
    return request;
  }

  private static String idOf(String engine, ObjectNode request) {
    request.remove("id");
    ObjectNode addressed = JsonMapper.shared().createObjectNode().put("engine", engine);
    addressed.set("request", request);
    try {
      return Sha256.of(new JsonCanonicalizer(addressed.toString()).getEncodedUTF8());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Replayed replay(String lines) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int status =
        new ReplayCommand(
            new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            System.err)
            .run(List.of("-"));
    List<JsonNode> said =
        out.toString(StandardCharsets.UTF_8)
            .lines()
            .map(line -> JsonMapper.shared().readTree(line))
            .toList();
    return new Replayed(status, said.subList(0, said.size() - 1), said.getLast());
  }

  private record Replayed(int status, List<JsonNode> reports, JsonNode summary) {}
}
