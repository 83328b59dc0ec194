package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.RejectedRequestException;
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
    return question(part, parse(part), new RequestFaults());
  }

  /**
   * Reads what stands in {@code part}, to be completed and handed to {@link #question}.
   *
   * @throws RejectedRequestException when it is no JSON, or does not fit the contract
   */
  DecisionRequest parse(JsonPart part) {
    return contract.read(part);
  }

  /**
   * Makes of {@code request}, which was read from {@code part}, what the engine takes.
   *
   * @param faults those that were found in it already
   * @throws RejectedRequestException when a value is outside its range, or something contradicts itself
   */
  Question question(JsonPart part, DecisionRequest request, RequestFaults faults) {
    return question(request, contract, part, faults);
  }

  /** The same of a request that stands within another, which was read from {@code whole}. */
  Question question(
      DecisionRequest request, JsonContract<?> contractOfWhole, JsonPart whole, RequestFaults faults) {
    Question question = new SnapshotMapper(limits, faults).map(request);
    faults.requireNone(contractOfWhole, whole);
    return question;
  }
}
