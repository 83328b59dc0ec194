package io.vmxdecision.app.artefact;

import io.vmxdecision.app.artefact.ArtefactsAnswer.ExitPart;
import io.vmxdecision.app.artefact.ArtefactsAnswer.SnapshotPart;
import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.JsonDecisions;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.artefacts.report.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Decides the exit of a report where the pages that a decision takes are in it. */
@Component
class ReportDecisions {
  private final JsonDecisions decisions;
  private final JsonMapper mapper;

  ReportDecisions(JsonDecisions decisions, JsonMapper mapper) {
    this.decisions = decisions;
    this.mapper = mapper;
  }

  /** The decision as JSON, or null where the eVMCS, the VP assist page or the exit is missing. */
  @Nullable
  JsonNode decide(Report report) {
    SnapshotPart snapshot = SnapshotPart.of(report);
    ExitPart exit = ExitPart.of(report.exit());
    if (snapshot == null || exit == null || snapshot.evmcs() == null || snapshot.vpAssistPage() == null) {
      return null;
    }
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("snapshot", ArtefactsAnswer.forDecision(snapshot));
    request.put("exit", exit);
    byte[] answer = decisions.answer(
        mapper.writeValueAsBytes(request), AnswerOptions.of(false, List.of()), Source.of(Via.DECISIONS));
    JsonNode decision = mapper.readTree(answer);
    return decision.has("handledBy") ? decision : null;
  }

  /** The decision in sentences. */
  static List<String> sentences(@Nullable JsonNode decision) {
    List<String> sentences = new ArrayList<>();
    if (decision == null) {
      return sentences;
    }
    sentences.add("The exit " + decision.at("/exitReason/raw").asString() + " "
        + decision.at("/exitReason/name").asString("") + " is handled by "
        + decision.path("handledBy").asString()
        + ".");
    JsonNode flush = decision.path("l2TlbFlush");
    if (flush.has("eligible")) {
      List<String> failing = new ArrayList<>();
      flush.path("conditions").properties().forEach(condition -> {
        if (!condition.getValue().asBoolean()) {
          failing.add(condition.getKey());
        }
      });
      sentences.add(flush.path("eligible").asBoolean()
          ? "It is a flush that L0 takes: all five conditions hold."
          : "It is no flush that L0 takes. What does not hold: " + String.join(", ", failing) + ".");
    }
    return sentences;
  }
}
