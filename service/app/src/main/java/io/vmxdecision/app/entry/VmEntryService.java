package io.vmxdecision.app.entry;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.DecisionLog;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Entry;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.decisionlog.VmEntrySummary;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Decides VM-entries, counts the decisions, writes them down where a log is kept, and puts them into words. */
@Service
class VmEntryService {
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryMetrics metrics;
  private final DecisionLog log;
  private final JsonMapper mapper;

  VmEntryService(VmEntryMetrics metrics, DecisionLog log, JsonMapper mapper) {
    this.metrics = metrics;
    this.log = log;
    this.mapper = mapper;
  }

  VmEntryAnswer decide(VmEntryQuestion question, boolean explain, Source source) {
    return ask(question, explain, source).answer();
  }

  /** Decides, with the answer in JSON: the very bytes of which the decision log has the digest. */
  byte[] decideInJson(VmEntryQuestion question, boolean explain, Source source) {
    Answered answered = ask(question, explain, source);
    return answered.json() == null ? mapper.writeValueAsBytes(answered.answer()) : answered.json();
  }

  private Answered ask(VmEntryQuestion question, boolean explain, Source source) {
    VmEntryDecision decision = new VmEntryDecision();
    long start = System.nanoTime();
    engine.decide(question.entry(), decision);
    long nanos = System.nanoTime() - start;
    metrics.count(decision, nanos);
    String decisionId = DecisionId.of(EngineVersion.CURRENT, question);
    VmEntryAnswer answer = VmEntryRenderer.render(question, decision, decisionId, explain);
    if (!log.isOn() || !log.hasRoom()) {
      return new Answered(answer, null);
    }
    byte[] json = mapper.writeValueAsBytes(answer);
    log.write(
        new Entry(
            decisionId,
            question,
            null,
            VmEntrySummary.of(decision),
            null,
            nanos,
            source,
            explain,
            List.of(),
            Sha256.of(json)));
    return new Answered(answer, json);
  }

  /** An answer, and the same in JSON if that was made already. */
  @SuppressWarnings("ArrayRecordComponent") // lives for one call
  private record Answered(VmEntryAnswer answer, byte @Nullable [] json) {}
}
