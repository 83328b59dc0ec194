package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.DecisionLog;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Entry;
import io.vmxdecision.app.decisionlog.RuleBits;
import io.vmxdecision.app.decisionlog.Sha256;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Hands decisions to the decision log, with the digest of the answer in JSON. */
@Component
public final class DecisionRecorder {
  private final DecisionLog log;
  private final JsonMapper mapper;

  DecisionRecorder(DecisionLog log, JsonMapper mapper) {
    this.log = log;
    this.mapper = mapper;
  }

  /** Whether decisions are written down; to be asked before anything is done for it. */
  boolean isOn() {
    return log.isOn();
  }

  /**
   * Writes a decision down.
   *
   * @return the answer that it has the digest of; null where there is no room for a line
   */
  @Nullable
  RecordedAnswer record(Supplier<Asked> asked, ProfileDecision decision, long nanos) {
    return log.hasRoom() ? write(asked.get(), decision, nanos) : null;
  }

  private RecordedAnswer write(Asked asked, ProfileDecision decision, long nanos) {
    AnswerOptions options = asked.options();
    String decisionId = DecisionId.of(EngineVersion.CURRENT, asked.question());
    DecisionAnswer answer = decision.answer(asked.question(), decisionId, options);
    byte[] json = mapper.writeValueAsBytes(answer);
    log.write(
        new Entry(
            decisionId,
            asked.question(),
            asked.correlationId(),
            decision.summary(asked.question().exit()),
            RuleBits.of(decision.rules()),
            nanos,
            asked.source(),
            options.explain(),
            options.include(),
            Sha256.of(json)));
    return new RecordedAnswer(answer, json);
  }
}
