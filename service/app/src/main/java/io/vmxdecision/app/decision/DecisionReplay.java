package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Replayer;
import io.vmxdecision.app.decisionlog.RequestKind;
import io.vmxdecision.app.decisionlog.RuleBits;
import io.vmxdecision.app.decisionlog.Sha256;
import java.util.List;
import io.vmxdecision.app.problem.RejectedRequestException;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Decides VM-exits again. */
@Import({ContractSchemas.class, DecisionRequestReader.class})
public final class DecisionReplay implements Replayer {
  private final DecisionRequestReader reader;
  private final JsonMapper mapper;

  DecisionReplay(DecisionRequestReader reader, JsonMapper mapper) {
    this.reader = reader;
    this.mapper = mapper;
  }

  /**
   * The answer to a request, as JSON, without the id of a decision: it is written down nowhere.
   *
   * @throws RejectedRequestException when the request is malformed or cannot be decided
   */
  public byte[] answer(byte[] request) {
    Question question = reader.read(JsonPart.whole(request));
    ProfileDecision decision = ProfileDecision.of(question.profile());
    decision.decide(question.snapshot(), question.exit());
    decision.requireDecided();
    return mapper.writeValueAsBytes(decision.answer(question, "", AnswerOptions.of(false, List.of())));
  }

  @Override
  public RequestKind kind() {
    return RequestKind.VM_EXIT;
  }

  @Override
  public void requireInclude(List<String> include) {
    AnswerOptions.of(false, include);
  }

  @Override
  public Replayed replay(
      byte[] request, boolean explain, List<String> include, String recordedEngine, String recordedId) {
    Question question = reader.read(JsonPart.whole(request));
    ProfileDecision decision = ProfileDecision.of(question.profile());
    decision.decide(question.snapshot(), question.exit());
    decision.requireDecided();
    DecisionAnswer answer = decision.answer(question, recordedId, AnswerOptions.of(explain, include));
    return new Replayed(
        DecisionId.of(recordedEngine, question),
        decision.summary(question.exit()),
        RuleBits.of(decision.rules()),
        Sha256.of(mapper.writeValueAsBytes(answer)));
  }
}
