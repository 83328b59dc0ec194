package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.DecisionSummary;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Replayer;
import io.vmxdecision.app.decisionlog.RequestKind;
import io.vmxdecision.app.decisionlog.RuleBits;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.engine.decision.Decision;
import java.util.List;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Decides VM-exits again. */
@Import({ContractSchemas.class, DecisionRequestReader.class})
public final class DecisionReplay implements Replayer {
  private final Decider decider = Decider.silent();
  private final DecisionRequestReader reader;
  private final JsonMapper mapper;

  DecisionReplay(DecisionRequestReader reader, JsonMapper mapper) {
    this.reader = reader;
    this.mapper = mapper;
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
    Decision decision = new Decision();
    decider.decide(question.profile(), question.snapshot(), question.exit(), decision, null);
    DecisionService.requireDecided(question.profile(), decision);
    DecisionAnswer answer =
        new DecisionRenderer(question, decision).render(recordedId, AnswerOptions.of(explain, include));
    return new Replayed(
        DecisionId.of(recordedEngine, question),
        DecisionSummary.of(question.exit(), decision),
        RuleBits.of(decision),
        Sha256.of(mapper.writeValueAsBytes(answer)));
  }
}
