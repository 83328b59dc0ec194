package io.vmxdecision.app.artefact;

import io.vmxdecision.app.artefact.ArtefactsAnswer.ExitPart;
import io.vmxdecision.app.artefact.ArtefactsAnswer.SnapshotPart;
import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.JsonDecisions;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.entry.JsonVmEntries;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Decides the exit of a report where the pages that a decision takes are in it, and the VM-entry of its VMCS. */
@Component
class ReportDecisions {
  /** Answers a request in JSON with an answer in JSON, which may be a problem. */
  interface Answers {
    byte[] to(byte[] request);
  }

  private final Answers decisions;
  private final Answers entries;
  private final JsonMapper mapper;

  @Autowired
  ReportDecisions(JsonDecisions decisions, JsonVmEntries entries, JsonMapper mapper) {
    this(
        request -> decisions.answer(request, AnswerOptions.of(false, List.of()), Source.of(Via.DECISIONS)),
        request -> entries.answer(request, Source.of(Via.VM_ENTRIES)),
        mapper);
  }

  ReportDecisions(Answers decisions, Answers entries, JsonMapper mapper) {
    this.decisions = decisions;
    this.entries = entries;
    this.mapper = mapper;
  }

  /** Whether there may be something to decide. */
  static boolean concerns(Report report) {
    return report.artefacts().stream()
        .anyMatch(artefact -> artefact.verdict() != null || artefact.page() != null);
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
    JsonNode decision = mapper.readTree(decisions.to(mapper.writeValueAsBytes(request)));
    return decision.has("handledBy") ? decision : null;
  }

  /**
   * What becomes of the VM-entry with the first VMCS, as JSON; null where there is none. A dump is of a CPU, so that
   * a bare CPU checks it; KVM's vmcs12 is what KVM checks.
   */
  @Nullable
  JsonNode enter(Report report) {
    boolean dump = !report.vmcs().isEmpty();
    Map<VmcsField, Long> fields = dump
        ? report.vmcs()
        : report.artefacts().stream().filter(artefact -> artefact.verdict() != null).findFirst()
            .map(Artefact::fields).orElse(Map.of());
    if (fields.isEmpty()) {
      return null;
    }
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("profile", (dump ? EntryProfile.SDM : EntryProfile.KVM_6_12).id());
    request.put("snapshot", Map.of("vmcsFields", ArtefactsAnswer.words(fields)));
    request.put("entry", ArtefactsAnswer.EntryPart.OF_A_DUMP);
    Map<String, Word64> capabilities = ArtefactsAnswer.capabilities(report);
    if (dump && capabilities != null) {
      request.put("capabilities", capabilities);
    }
    JsonNode answer = mapper.readTree(entries.to(mapper.writeValueAsBytes(request)));
    return answer.has("outcome") ? answer : null;
  }

  /** The decision and the VM-entry in sentences. */
  static List<String> sentences(@Nullable JsonNode decision, @Nullable JsonNode entry) {
    List<String> sentences = new ArrayList<>();
    if (entry != null) {
      int undecided = entry.path("undecided").size();
      sentences.add((entry.path("violations").isEmpty()
          ? "No check of a VM-entry fails of those that can be decided"
          : "The VM-entry ends in " + entry.path("outcome").asString() + "; the first check that fails is "
              + entry.path("firstViolation").asString())
          + (undecided == 0 ? "." : ", " + undecided + " cannot be decided."));
    }
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
