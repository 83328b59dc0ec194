package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.RejectedRequestException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Decides, and puts the decision into words. */
@Service
class DecisionService {
  private final Decider decider;
  private final JsonMapper mapper;

  DecisionService(DecisionMetrics metrics, DecisionRecorder recorder, JsonMapper mapper) {
    this.decider = Decider.of(metrics, recorder);
    this.mapper = mapper;
  }

  /**
   * Decides.
   *
   * @throws RejectedRequestException when the question cannot be decided
   */
  DecisionAnswer decide(Question question, AnswerOptions options, Source source) {
    ProfileDecision decision = ProfileDecision.of(question.profile());
    RecordedAnswer recorded = ask(question, options, source, decision);
    return recorded == null ? answer(question, options, decision) : recorded.answer();
  }

  /**
   * Decides, with the answer in JSON: the very bytes of which the decision log has the digest.
   *
   * @throws RejectedRequestException when the question cannot be decided
   */
  byte[] decideInJson(Question question, AnswerOptions options, Source source) {
    ProfileDecision decision = ProfileDecision.of(question.profile());
    RecordedAnswer recorded = ask(question, options, source, decision);
    return recorded == null
        ? mapper.writeValueAsBytes(answer(question, options, decision))
        : recorded.json();
  }

  private @Nullable RecordedAnswer ask(
      Question question, AnswerOptions options, Source source, ProfileDecision decision) {
    RecordedAnswer recorded =
        decider.decide(
            decision,
            question.snapshot(),
            question.exit(),
            () -> new Asked(question, null, options, source));
    decision.requireDecided();
    return recorded;
  }

  private static DecisionAnswer answer(
      Question question, AnswerOptions options, ProfileDecision decision) {
    return decision.answer(question, DecisionId.of(EngineVersion.CURRENT, question), options);
  }
}
