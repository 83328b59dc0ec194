package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.DecisionLog;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Entry;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Hands decisions to the decision log, with the digest of the answer in JSON. */
@Component
public final class DecisionRecorder {
  private static final AnswerOptions PLAIN = new AnswerOptions(false, false);

  private final DecisionLog log;
  private final JsonMapper mapper;

  DecisionRecorder(DecisionLog log, JsonMapper mapper) {
    this.log = log;
    this.mapper = mapper;
  }

  /** Whether decisions are written down; to be asked before anything is done for it. */
  public boolean isOn() {
    return log.isOn();
  }

  /** A decision whose answer is in JSON. */
  void record(
      DecisionInput input,
      Decision decision,
      long nanos,
      DecisionAnswer answer,
      AnswerOptions options,
      Source source) {
    if (log.isOn() && log.hasRoom()) {
      write(input, null, decision, nanos, answer, options, source);
    }
  }

  /** A decision whose answer is a message: it is recorded as if it had been asked for in JSON. */
  public void record(
      Snapshot snapshot,
      VmExit exit,
      long correlationId,
      Decision decision,
      long nanos,
      Source source) {
    if (log.isOn() && log.hasRoom()) {
      DecisionInput input = new DecisionInput(null, Profile.KVM_6_12, snapshot, exit);
      String decisionId = DecisionId.of(EngineVersion.CURRENT, input.question());
      DecisionAnswer answer = new DecisionRenderer(input, decision).render(decisionId, PLAIN);
      write(input, new Word64(correlationId), decision, nanos, answer, PLAIN, source);
    }
  }

  private void write(
      DecisionInput input,
      @Nullable Word64 correlationId,
      Decision decision,
      long nanos,
      DecisionAnswer answer,
      AnswerOptions options,
      Source source) {
    log.write(
        new Entry(
            answer.decisionId(),
            input.question(),
            input.id(),
            correlationId,
            decision,
            nanos,
            source,
            options.explain(),
            options.include(),
            Sha256.of(mapper.writeValueAsBytes(answer))));
  }
}
