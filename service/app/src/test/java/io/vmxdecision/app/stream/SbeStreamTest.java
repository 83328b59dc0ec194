package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SbeMessages;
import io.vmxdecision.app.support.StreamClient;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.sbe.DecisionDecoder;
import io.vmxdecision.sbe.ExitDecoder;
import io.vmxdecision.sbe.MessageHeaderDecoder;
import io.vmxdecision.sbe.RejectionDecoder;
import io.vmxdecision.sbe.RejectionKind;
import io.vmxdecision.sbe.SnapshotDecoder;
import io.vmxdecision.sbe.StreamErrorDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class SbeStreamTest {
  private static final JsonNode CASE =
      RecordedLines.of("/captures/real-run.ndjson").get(1).path("request");
  private static final byte[] SNAPSHOT = SbeMessages.snapshot(CASE, 1);

  /** Where a Snapshot's frame has it: behind the frame's header, the message's, and the block of fixed fields. */
  private static final int VCPUS_BLOCK_LENGTH =
      6 + MessageHeaderDecoder.ENCODED_LENGTH + SnapshotDecoder.BLOCK_LENGTH;

  private static final byte[] EXIT = SbeMessages.exit(CASE, 1, 42);

  private final int port;
  private final MeterRegistry meters;

  @Autowired
  SbeStreamTest(@LocalServerPort int port, MeterRegistry meters) {
    this.port = port;
    this.meters = meters;
  }

  private double total(String counter) {
    return meters.find(counter).counters().stream().mapToDouble(Counter::count).sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"l2-flush", "ineligible", "l1-flush", "routing"})
  void recordedCasesAreAnsweredAsTheyWereRecorded(String vectors) throws IOException, JSONException {
    List<JsonNode> cases = RecordedLines.of("/vectors/" + vectors + ".ndjson.gz");
    try (StreamClient stream = open()) {
      for (int i = 0; i < cases.size(); i++) {
        stream.send(SbeMessages.snapshot(cases.get(i).path("request"), i % 100));
        stream.send(SbeMessages.exit(cases.get(i).path("request"), i % 100, i));
      }
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(cases.size());
      for (int i = 0; i < cases.size(); i++) {
        JSONAssert.assertEquals(
            cases.get(i).path("id").asString(),
            asMessage(cases.get(i).path("expect")).toString(),
            SbeMessages.decision(frames.get(i)).toString(),
            JSONCompareMode.STRICT_ORDER);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-6.1", "kvm-6.12", "kvm-7.3"})
  void eachKernelAnswersEachCaseAsItWasRecorded(String profile) throws IOException, JSONException {
    List<JsonNode> cases =
        RecordedLines.of("/vectors/profiles.ndjson.gz").stream()
            .filter(one -> !one.path("expect").has("tlfs")) // made by hand, and not of pages alone
            .toList();
    assertThat(cases).hasSize(400);
    try (StreamClient stream = open()) {
      for (int i = 0; i < cases.size(); i++) {
        ObjectNode request = ((ObjectNode) cases.get(i).path("request").deepCopy()).put("profile", profile);
        stream.send(SbeMessages.snapshot(request, i % 100));
        stream.send(SbeMessages.exit(request, i % 100, i));
      }
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(cases.size());
      for (int i = 0; i < cases.size(); i++) {
        String name = cases.get(i).path("id").asString() + " " + profile;
        JsonNode expected = cases.get(i).path("expect").path(profile);
        if (expected.has("problem")) {
          assertThat(SbeMessages.header(frames.get(i)).templateId()).as(name)
              .isEqualTo(RejectionDecoder.TEMPLATE_ID);
          continue;
        }
        ObjectNode message = (ObjectNode) asMessage(expected);
        if (message.path("l2TlbFlush") instanceof ObjectNode flush) {
          flush.remove("eligible"); // not in the message: handledBy says it
          flush.remove("supported");
        }
        JSONAssert.assertEquals(
            name,
            message.toString(),
            SbeMessages.decision(frames.get(i)).toString(),
            JSONCompareMode.STRICT_ORDER);
      }
    }
  }

  @Test
  void aVmThatIsTooLargeForAKernelIsRejected() throws IOException {
    ObjectNode request = CASE.deepCopy().asObject().put("profile", "kvm-6.1");
    ((ObjectNode) request.path("snapshot")).putArray("vcpus").addObject().put("vpIndex", 2000);
    try (StreamClient stream = open()) {
      stream.send(SbeMessages.snapshot(request, 1));
      stream.send(SbeMessages.exit(request, 1, 7));
      stream.end();
      byte[] answer = frames(stream.readAll()).getFirst();
      assertThat(
          new RejectionDecoder()
              .wrapAndApplyHeader(SbeMessages.message(answer), 0, SbeMessages.header(answer))
              .kind())
          .isEqualTo(RejectionKind.TOO_MANY_VCPUS);
    }
  }

  /** What a client sends and gets that was generated before there were profiles. */
  @Test
  void aClientOfTheFirstVersionOfTheSchemaIsAnsweredInIt() throws IOException {
    int version = 6 + MessageHeaderDecoder.versionEncodingOffset();
    byte[] snapshot = set(SNAPSHOT.clone(), version, 0);
    byte[] exit = Arrays.copyOf(EXIT, EXIT.length - 1); // the profile is its last byte
    ByteBuffer.wrap(exit).putInt(0, exit.length);
    set(exit, version, 0);
    set(exit, 6, ExitDecoder.BLOCK_LENGTH - 1);
    set(exit, 7, (ExitDecoder.BLOCK_LENGTH - 1) >> 8);
    try (StreamClient stream = open()) {
      stream.send(snapshot);
      stream.send(exit);
      stream.send(SNAPSHOT);
      stream.send(EXIT);
      stream.end();
      List<byte[]> answers = frames(stream.readAll());
      assertThat(answers).extracting(answer -> SbeMessages.header(answer).version()).containsExactly(0, 1);
      assertThat(set(answers.get(1).clone(), version, 0)).isEqualTo(answers.get(0));
    }
  }

  @Test
  void anAnswerComesWhileTheRequestIsStillBeingSent() throws IOException {
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      for (long i = 0; i < 3; i++) {
        byte[] exit = SbeMessages.exit(CASE, 1, i);
        stream.send(exit, 0, 10);
        stream.send(exit, 10, exit.length - 10);
        byte[] answer = readFrame(stream);
        assertThat(correlationId(answer)).isEqualTo(i);
      }
      stream.end();
      assertThat(stream.readAll()).isEmpty();
    }
  }

  @Test
  void aClientThatSendsEverythingBeforeItReadsGetsAllItsAnswers() throws IOException {
    int exits = 400_000; // answers of some 70 MB, far more than sockets and memory buffers hold
    byte[] batch = new byte[EXIT.length * 1000];
    for (int i = 0; i < 1000; i++) {
      System.arraycopy(EXIT, 0, batch, i * EXIT.length, EXIT.length);
    }
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      for (int i = 0; i < exits / 1000; i++) {
        stream.send(batch);
      }
      stream.end();
      byte[] first = readFrame(stream);
      for (int i = 1; i < exits; i++) {
        if (!Arrays.equals(readFrame(stream), first)) {
          throw new AssertionError("answer " + i + " differs");
        }
      }
      assertThat(stream.readAll()).isEmpty();
    }
  }

  /** Whichever of a stream's threads waits for what: nothing stays behind. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void clientsThatSendAndReadInBurstsGetEveryAnswerInOrder(int seed) {
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Random random = new Random(seed * 100L + i);
      clients.add(CompletableFuture.runAsync(() -> sendAndReadInBursts(random), Thread::startVirtualThread));
    }
    clients.forEach(CompletableFuture::join);
  }

  private void sendAndReadInBursts(Random random) {
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      long sent = 0;
      long read = 0;
      while (sent < 20_000) {
        int burst = 1 + random.nextInt(random.nextBoolean() ? 3 : 1500);
        ByteArrayOutputStream exits = new ByteArrayOutputStream();
        for (int i = 0; i < burst; i++) {
          exits.writeBytes(SbeMessages.exit(CASE, 1, sent++));
        }
        stream.send(exits.toByteArray());
        long until = random.nextInt(3) == 0 ? sent : read + random.nextInt((int) (sent - read) + 1);
        while (read < until) {
          assertThat(correlationId(readFrame(stream))).isEqualTo(read++);
        }
      }
      stream.end();
      while (read < sent) {
        assertThat(correlationId(readFrame(stream))).isEqualTo(read++);
      }
      assertThat(stream.readAll()).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anExitThatCannotBeDecidedIsRejectedAndTheStreamGoesOn() throws IOException {
    ObjectNode fromL1 = CASE.deepCopy().asObject();
    ((ObjectNode) fromL1.path("exit")).put("from", "L1").put("reason", "0xa");
    ObjectNode withoutEvmcs = CASE.deepCopy().asObject();
    ((ObjectNode) withoutEvmcs.path("snapshot")).remove("evmcs");
    ((ObjectNode) withoutEvmcs.path("exit")).put("reason", "0xc");
    double decided = total("vmx.decisions");
    double rejected = total("vmx.requests.rejected");
    double undecidable = meters.counter("vmx.requests.rejected", "kind", "undecidable").count();
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      stream.send(SbeMessages.snapshot(withoutEvmcs, 2));
      stream.send(SbeMessages.exit(CASE, 7, 1));
      stream.send(SbeMessages.exit(fromL1, 1, 2));
      stream.send(SbeMessages.exit(withoutEvmcs, 2, 3));
      stream.send(EXIT);
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(4);
      assertThat(rejection(frames.get(0))).isEqualTo(RejectionKind.UNKNOWN_SNAPSHOT);
      assertThat(rejection(frames.get(1))).isEqualTo(RejectionKind.NOT_A_FLUSH_HYPERCALL);
      assertThat(rejection(frames.get(2))).isEqualTo(RejectionKind.NO_ACTIVE_EVMCS);
      assertThat(correlationId(frames.get(3))).isEqualTo(42);
    }
    assertThat(total("vmx.decisions")).as("only what was decided").isEqualTo(decided + 1);
    assertThat(total("vmx.requests.rejected")).isEqualTo(rejected + 3);
    assertThat(meters.counter("vmx.requests.rejected", "kind", "undecidable").count())
        .isEqualTo(undecidable + 2);
  }

  static Stream<Arguments> malformedFrames() {
    return Stream.of(
        row("encoding type", EXIT, frame -> set(frame, 4, 0)),
        row("too short", EXIT, frame -> set(set(frame, 2, 0), 3, 13)),
        row("longer than this service takes", EXIT, frame -> set(frame, 0, 0x7f)),
        row("longer than its frame", EXIT, frame -> resize(frame, frame.length - 1)),
        row("longer than its message", EXIT, frame -> resize(frame, frame.length + 1)),
        row("another schema", EXIT, frame -> set(frame, 10, 0)),
        row("profile: one of those of the schema", EXIT, frame -> set(frame, frame.length - 1, 9)),
        row("a later version", EXIT, frame -> set(frame, 12, 9)),
        row("neither a Snapshot nor an Exit", EXIT, frame -> set(frame, 8, 3)),
        row("another length", EXIT, frame -> set(frame, 6, 1)),
        row("from: L1 or L2", SbeMessages.exit(CASE, 1, 1), frame -> set(frame, fromOffset(), 0)),
        row("cpl: at most 3", SbeMessages.exit(CASE, 1, 1), frame -> set(frame, fromOffset() + 1, 4)),
        row("no such vCPU", SNAPSHOT, frame -> set(frame, 18, 1)),
        row("longer than its frame", SNAPSHOT, frame -> resize(frame, frame.length - 4096)),
        row("a page has 4096 bytes", snapshot("evmcs", "\"AAAA\""), UnaryOperator.identity()),
        row("vcpus: the block has another length", SNAPSHOT, frame -> {
          frame[VCPUS_BLOCK_LENGTH] = 0; // its fields would be read out of what follows
          return frame;
        }),
        row("vcpus: 1 to 4096", snapshot("vcpus", "[]"), UnaryOperator.identity()),
        row("at most 4095", snapshot("vcpus", "[{\"vpIndex\":4096}]"), UnaryOperator.identity()),
        row("holds at most 16",
            snapshot("vcpus",
                "[{\"vpIndex\":0,\"pendingFlush\":{\"l1\":[" + "\"0x0\",".repeat(16) + "\"0x0\"]}}]"),
            UnaryOperator.identity()),
        row("without a \"flush all\"",
            snapshot("vcpus",
                "[{\"vpIndex\":0,\"pendingFlush\":{\"l2\":[" + "\"0x0\",".repeat(15) + "\"0x0\"]}}]"),
            UnaryOperator.identity()),
        row("regions overlap",
            snapshot("memory", "[{\"gpa\":\"0x0\",\"bytes\":\"AAAA\"},{\"gpa\":\"0x2\",\"bytes\":\"AAAA\"}]"),
            UnaryOperator.identity()),
        row("past the end", snapshot("memory", "[{\"gpa\":\"0xffffffffffffffff\",\"bytes\":\"AAAA\"}]"),
            UnaryOperator.identity()),
        row("not page-aligned", snapshot("translations", "[{\"l2Gpa\":\"0x1\",\"l1Gpa\":\"0x0\"}]"),
            UnaryOperator.identity()),
        row("listed twice",
            snapshot("translations",
                "[{\"l2Gpa\":\"0x0\",\"l1Gpa\":\"0x0\"},{\"l2Gpa\":\"0x0\",\"l1Gpa\":\"0x0\"}]"),
            UnaryOperator.identity()),
        row("vcpus[1].vpIndex: at most 4095; vcpus[1].pendingL2: a full queue without a \"flush all\"",
            snapshot("vcpus",
                "[{\"vpIndex\":0},{\"vpIndex\":4096,\"pendingFlush\":{\"l2\":["
                    + "\"0x0\",".repeat(15) + "\"0x0\"]}}]"),
            UnaryOperator.identity()),
        row("translations[7].l1Gpa: not page-aligned; and 4 more",
            snapshot("translations",
                "[" + "{\"l2Gpa\":\"0x1\",\"l1Gpa\":\"0x1\"},".repeat(9)
                    + "{\"l2Gpa\":\"0x1\",\"l1Gpa\":\"0x1\"}]"),
            UnaryOperator.identity()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedFrames")
  void aMalformedFrameIsAnsweredWithItsPositionAndEndsTheStream(String detail, byte[] frame)
      throws IOException {
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      stream.send(EXIT);
      stream.send(frame);
      stream.send(EXIT);
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(2);
      assertThat(correlationId(frames.get(0))).isEqualTo(42);
      StreamErrorDecoder error = error(frames.get(1));
      assertThat(error.position()).isEqualTo(SNAPSHOT.length + EXIT.length);
      assertThat(error.frame()).isEqualTo(2);
      assertThat(error.detail()).contains(detail);
    }
  }

  @Test
  void aMalformedFrameEndsTheAnswerWhileTheRequestIsStillOpen() throws IOException {
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      stream.send(EXIT);
      stream.send(set(EXIT.clone(), 4, 0));
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(2);
      assertThat(error(frames.get(1)).frame()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 6, 13, 14, 100})
  void aBodyThatEndsWithinAFrameIsAnsweredWithTheFramesPosition(int bytes) throws IOException {
    try (StreamClient stream = open()) {
      stream.send(SNAPSHOT);
      stream.send(EXIT);
      stream.send(EXIT, 0, bytes);
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(2);
      assertThat(error(frames.get(1)).position()).isEqualTo(SNAPSHOT.length + EXIT.length);
    }
  }

  @Test
  void aStreamHoldsABoundedNumberOfSnapshots() throws IOException {
    try (StreamClient stream = open()) {
      for (int id = 0; id < 257; id++) {
        stream.send(SbeMessages.snapshot(CASE, id));
      }
      stream.end();
      List<byte[]> frames = frames(stream.readAll());
      assertThat(frames).hasSize(1);
      assertThat(error(frames.getFirst()).frame()).isEqualTo(256);
      assertThat(error(frames.getFirst()).detail()).contains("256");
    }
  }

  private StreamClient open() throws IOException {
    return new StreamClient(port, "/v1/decisions/stream", "application/vnd.vmx-decision.v1+sbe");
  }

  /** What the message has of the expected answer: fields by offset, and no queue from before. */
  private static JsonNode asMessage(JsonNode expect) {
    ObjectNode message = expect.deepCopy().asObject();
    for (JsonNode mutation : message.path("tlbMutations")) {
      ((ObjectNode) mutation).remove("pendingBefore");
    }
    for (JsonNode write : message.path("evmcsWrites")) {
      EvmcsField field = Objects.requireNonNull(EvmcsField.of(write.path("field").asString()));
      ((ObjectNode) write).put("offset", field.offset()).put("size", field.bytes()).remove("field");
    }
    return message;
  }

  private static byte[] snapshot(String property, String value) {
    ObjectNode request = CASE.deepCopy().asObject();
    ((ObjectNode) request.path("snapshot")).set(property, JsonMapper.shared().readTree(value));
    return SbeMessages.snapshot(request, 3);
  }

  private static Arguments row(String detail, byte[] frame, UnaryOperator<byte[]> fault) {
    return Arguments.of(detail, fault.apply(frame.clone()));
  }

  private static byte[] set(byte[] frame, int offset, int value) {
    frame[offset] = (byte) value;
    return frame;
  }

  private static byte[] resize(byte[] frame, int length) {
    byte[] resized = Arrays.copyOf(frame, length);
    ByteBuffer.wrap(resized).putInt(0, length);
    return resized;
  }

  private static int fromOffset() {
    return 14 + ExitDecoder.fromEncodingOffset();
  }

  private static byte[] readFrame(StreamClient stream) throws IOException {
    byte[] length = stream.read(4);
    byte[] rest = stream.read(ByteBuffer.wrap(length).getInt() - 4);
    return ByteBuffer.allocate(4 + rest.length).put(length).put(rest).array();
  }

  private static List<byte[]> frames(byte[] body) {
    List<byte[]> frames = new ArrayList<>();
    for (int at = 0; at < body.length; at += frames.getLast().length) {
      int length = ByteBuffer.wrap(body, at, 4).getInt();
      assertThat(body.length - at).isGreaterThanOrEqualTo(length);
      frames.add(Arrays.copyOfRange(body, at, at + length));
    }
    return frames;
  }

  private static long correlationId(byte[] frame) {
    assertThat(SbeMessages.templateId(frame)).isEqualTo(DecisionDecoder.TEMPLATE_ID);
    return new DecisionDecoder()
        .wrapAndApplyHeader(SbeMessages.message(frame), 0, SbeMessages.header(frame))
        .correlationId();
  }

  private static RejectionKind rejection(byte[] frame) {
    assertThat(SbeMessages.templateId(frame)).isEqualTo(RejectionDecoder.TEMPLATE_ID);
    return new RejectionDecoder()
        .wrapAndApplyHeader(SbeMessages.message(frame), 0, SbeMessages.header(frame))
        .kind();
  }

  private static StreamErrorDecoder error(byte[] frame) {
    assertThat(SbeMessages.templateId(frame)).isEqualTo(StreamErrorDecoder.TEMPLATE_ID);
    return new StreamErrorDecoder()
        .wrapAndApplyHeader(SbeMessages.message(frame), 0, SbeMessages.header(frame));
  }
}
