package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.DecisionSummary;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.RuleBits;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.engine.decision.Decision;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Decides again what was decided before, as the service would, but counts and writes down nothing. */
@Import({ContractSchemas.class, DecisionRequestReader.class})
public final class DecisionReplay {
  private final Decider decider = Decider.silent();
  private final DecisionRequestReader reader;
  private final JsonMapper mapper;

  DecisionReplay(DecisionRequestReader reader, JsonMapper mapper) {
    this.reader = reader;
    this.mapper = mapper;
  }

  /**
   * What comes of a recorded request now.
   *
   * @param decisionId what it ought to be by the recorded version of the engine
   * @param outcome the decision in short
   * @param rules the rules looked at and met
   * @param answerSha256 the digest of the answer, which has the recorded {@code decisionId}
   */
  public record Replayed(
      String decisionId, DecisionSummary outcome, RuleBits rules, String answerSha256) {}

  /**
   * Decides.
   *
   * @param request a body as {@code POST /v1/decisions} takes it
   * @param options what the answer was asked to hold
   * @param recordedEngine the version of the engine that decided before
   * @param recordedId the id that the answer had
   * @throws RejectedRequestException when the request cannot be decided
   */
  public Replayed replay(
      byte[] request, AnswerOptions options, String recordedEngine, String recordedId) {
    Question question = reader.read(JsonPart.whole(request));
    Decision decision = new Decision();
    decider.decide(question.profile(), question.snapshot(), question.exit(), decision, null);
    DecisionService.requireDecided(question.profile(), decision);
    DecisionAnswer answer = new DecisionRenderer(question, decision).render(recordedId, options);
    return new Replayed(
        DecisionId.of(recordedEngine, question),
        DecisionSummary.of(question.exit(), decision),
        RuleBits.of(decision),
        Sha256.of(mapper.writeValueAsBytes(answer)));
  }
}
