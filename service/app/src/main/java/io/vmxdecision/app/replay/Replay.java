package io.vmxdecision.app.replay;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Replayer;
import io.vmxdecision.app.decisionlog.Replayer.Replayed;
import io.vmxdecision.app.decisionlog.RequestKind;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides again what the lines of a decision log hold. For each that does not come out the same, and each
 * that cannot be replayed, a line of JSON says so; the last line counts.
 */
final class Replay {
  /** Everything came out the same. */
  static final int SAME = 0;

  /** Something came out differently. */
  static final int DIFFERENT = 1;

  /** Nothing came out differently, but not everything could be replayed. */
  static final int INCOMPLETE = 2;

  /** The longest line: eight times what a body may have by default. */
  private static final int MAX_LINE_BYTES = 64 << 20;

  /** By RFC 8785, as far as a request needs it: properties in order, no blanks. */
  private static final JsonMapper CANONICAL =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private static final ObjectReader READER =
      JsonMapper.shared()
          .readerFor(RecordedLine.class)
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .with(
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  private final List<Replayer> replayers;
  private final GivenBytes given;
  private final PrintStream out;
  private final int maxLineBytes;
  private long lines;
  private long same;
  private long different;
  private long redacted;
  private long bad;
  private long otherEngine;

  Replay(List<Replayer> replayers, GivenBytes given, PrintStream out) {
    this(replayers, given, out, MAX_LINE_BYTES);
  }

  Replay(List<Replayer> replayers, GivenBytes given, PrintStream out, int maxLineBytes) {
    this.replayers = List.copyOf(replayers);
    this.given = given;
    this.out = out;
    this.maxLineBytes = maxLineBytes;
  }

  /** Replays all lines; the exit status. */
  int run(InputStream log) throws IOException {
    Lines in = new Lines(log, maxLineBytes);
    for (byte[] line = in.next(); line != null; line = in.next()) {
      lines++;
      if (line.length > maxLineBytes) {
        bad("the line is longer than " + maxLineBytes + " bytes");
      } else if (!JsonPart.isBlank(line)) {
        replayOrTell(line);
      }
    }
    ObjectNode summary = CANONICAL.createObjectNode();
    summary.put("lines", lines).put("same", same).put("different", different);
    summary.put("redacted", redacted).put("bad", bad);
    summary.put("otherEngine", otherEngine).put("engine", EngineVersion.CURRENT);
    out.println(summary);
    if (different != 0) {
      return DIFFERENT;
    }
    return redacted + bad == 0 ? SAME : INCOMPLETE;
  }

  /** Whatever a line holds, the next one is replayed. */
  private void replayOrTell(byte[] line) throws IOException {
    try {
      replay(line);
    } catch (RuntimeException e) {
      bad("the line cannot be replayed: " + e);
    }
  }

  private void replay(byte[] line) throws IOException {
    RecordedLine recorded;
    Replayer replayer;
    try {
      recorded = READER.readValue(line);
      if (recorded == null) {
        bad("no object");
        return;
      }
      replayer = replayerOf(recorded.kind().orElse(RequestKind.VM_EXIT));
      replayer.requireInclude(recorded.options().include());
    } catch (JacksonException e) {
      bad("no line of a decision log: " + e.getOriginalMessage());
      return;
    } catch (RejectedRequestException e) {
      bad("no line of a decision log: " + detail(e));
      return;
    }
    if (!recorded.engine().equals(EngineVersion.CURRENT)) {
      otherEngine++;
    }
    if (GivenBytes.isRedacted(recorded.request())) {
      if (!recorded.decisionId().equals(idOfRedacted(recorded))) {
        different(recorded, List.of("decisionId"), "the request is not the one that was decided");
        return;
      }
      List<String> missing = given.complete(recorded.request());
      if (!missing.isEmpty()) {
        redacted(recorded, missing);
        return;
      }
    }
    compare(recorded, replayer);
  }

  private void compare(RecordedLine recorded, Replayer replayer) {
    Replayed replayed;
    try {
      replayed =
          replayer.replay(
              CANONICAL.writeValueAsBytes(recorded.request()),
              recorded.options().explain(),
              recorded.options().include(),
              recorded.engine(),
              recorded.decisionId());
    } catch (RejectedRequestException e) {
      different(recorded, List.of("refused"), detail(e));
      return;
    }
    JsonNode outcome = CANONICAL.valueToTree(replayed.outcome());
    Optional<JsonNode> rules = Optional.ofNullable(replayed.rules()).map(CANONICAL::valueToTree);
    List<String> differs = new ArrayList<>();
    note("decisionId", recorded.decisionId(), replayed.decisionId(), differs);
    note("outcome", recorded.outcome(), outcome, differs);
    note("rules", recorded.rules(), rules, differs);
    note("answer", recorded.answerSha256(), replayed.answerSha256(), differs);
    if (differs.isEmpty()) {
      same++;
      return;
    }
    ObjectNode report = different(recorded, differs);
    put(report.putObject("recorded"), recorded.outcome(), recorded.rules());
    put(report.putObject("replayed"), outcome, rules);
    out.println(report);
  }

  private static void put(ObjectNode side, JsonNode outcome, Optional<JsonNode> rules) {
    side.set("outcome", outcome);
    rules.ifPresent(bits -> side.set("rules", bits));
  }

  private Replayer replayerOf(RequestKind kind) {
    return replayers.stream().filter(replayer -> replayer.kind() == kind).findFirst().orElseThrow();
  }

  private static void note(String what, Object recorded, Object replayed, List<String> differs) {
    if (!recorded.equals(replayed)) {
      differs.add(what);
    }
  }

  private void different(RecordedLine recorded, List<String> differs, String detail) {
    out.println(different(recorded, differs).put("detail", detail));
  }

  private ObjectNode different(RecordedLine recorded, List<String> differs) {
    different++;
    ObjectNode report = report("DIFFERENT").put("decisionId", recorded.decisionId());
    if (!recorded.engine().equals(EngineVersion.CURRENT)) {
      report.put("engine", recorded.engine());
    }
    differs.forEach(report.putArray("differs")::add);
    return report;
  }

  private void redacted(RecordedLine recorded, List<String> missing) {
    redacted++;
    ObjectNode report = report("REDACTED").put("decisionId", recorded.decisionId());
    missing.forEach(report.putArray("missing")::add);
    out.println(report);
  }

  private void bad(String detail) {
    bad++;
    out.println(report("BAD").put("detail", detail));
  }

  private ObjectNode report(String result) {
    return CANONICAL.createObjectNode().put("line", lines).put("result", result);
  }

  /** The content address of a request whose pages are digests, as it is written in the line. */
  private static String idOfRedacted(RecordedLine recorded) {
    ObjectNode request = recorded.request().deepCopy();
    request.remove("id");
    ObjectNode addressed = CANONICAL.createObjectNode().put("engine", recorded.engine());
    addressed.set("request", request);
    return Sha256.of(CANONICAL.writeValueAsBytes(CANONICAL.treeToValue(addressed, Object.class)));
  }

  private static String detail(RejectedRequestException e) {
    if (e.violations().isEmpty()) {
      return String.valueOf(e.getMessage());
    }
    return e.violations().stream()
        .map(violation -> violation.pointer() + ": " + violation.detail())
        .collect(Collectors.joining("; "));
  }
}
