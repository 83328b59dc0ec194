package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.Replayer;
import io.vmxdecision.app.decisionlog.RequestKind;
import io.vmxdecision.app.decisionlog.Sha256;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.decisionlog.VmEntrySummary;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import java.util.List;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Decides VM-entries again. */
@Import({ContractSchemas.class, VmEntryReader.class})
public final class VmEntryReplay implements Replayer {
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryReader reader;
  private final JsonMapper mapper;

  VmEntryReplay(VmEntryReader reader, JsonMapper mapper) {
    this.reader = reader;
    this.mapper = mapper;
  }

  /**
   * The answer to a request, as JSON, without the id of a decision: it is written down nowhere.
   *
   * @throws RejectedRequestException when the request is malformed
   */
  public byte[] answer(byte[] request) {
    VmEntryQuestion question = reader.read(JsonPart.whole(request));
    VmEntryDecision decision = new VmEntryDecision();
    engine.decide(question.entry(), decision);
    return mapper.writeValueAsBytes(VmEntryRenderer.render(question, decision, "", false));
  }

  @Override
  public RequestKind kind() {
    return RequestKind.VM_ENTRY;
  }

  @Override
  public void requireInclude(List<String> include) {
    if (!include.isEmpty()) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST, "A decision on a VM-entry has no parts to include.");
    }
  }

  @Override
  public Replayed replay(
      byte[] request, boolean explain, List<String> include, String recordedEngine, String recordedId) {
    VmEntryQuestion question = reader.read(JsonPart.whole(request));
    VmEntryDecision decision = new VmEntryDecision();
    engine.decide(question.entry(), decision);
    VmEntryAnswer answer = VmEntryRenderer.render(question, decision, recordedId, explain);
    return new Replayed(
        DecisionId.of(recordedEngine, question),
        VmEntrySummary.of(decision),
        null,
        Sha256.of(mapper.writeValueAsBytes(answer)));
  }
}
