package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.util.List;
import org.springframework.stereotype.Component;

/** From the bytes of a body to what the engine takes. */
@Component
class DecisionRequestReader {
  private final JsonContract<DecisionRequest> contract;
  private final ServiceLimits limits;

  DecisionRequestReader(ContractSchemas schemas, ServiceLimits limits) {
    this.contract = JsonContract.of(DecisionRequest.class, "DecisionRequest", schemas);
    this.limits = limits;
  }

  /**
   * Reads a request.
   *
   * @throws RejectedRequestException when it is no JSON, does not fit the contract, or contradicts
   *     itself; with every fault at once, whose pointers lead from the request on
   */
  Question read(JsonPart part) {
    return read(PagesForm.of(part));
  }

  /** Reads a request that may lack pages, as {@link #read(JsonPart)}. */
  Question read(PagesForm form) {
    JsonPart part = form.request();
    DecisionRequest read = contract.read(part);
    SnapshotMapper mapper = new SnapshotMapper(limits);
    Question question = mapper.map(form.complete(read));
    if (mapper.isOutsideContract()) {
      throw contract.rejection(part, new Violation("", "a value is outside its range"));
    }
    List<Violation> contradictions = form.givenTwice(read);
    contradictions.addAll(mapper.contradictions());
    if (!contradictions.isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.UNDECIDABLE, contradictions);
    }
    return question;
  }
}
