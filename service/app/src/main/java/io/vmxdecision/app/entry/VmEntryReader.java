package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.util.List;
import org.springframework.stereotype.Component;

/** From the bytes of a body to what the engine takes. */
@Component
class VmEntryReader {
  private final JsonContract<VmEntryRequest> contract;
  private final ServiceLimits limits;

  VmEntryReader(ContractSchemas schemas, ServiceLimits limits) {
    this.contract = JsonContract.of(VmEntryRequest.class, "VmEntryRequest", schemas);
    this.limits = limits;
  }

  /**
   * Reads a request.
   *
   * @throws RejectedRequestException when it is no JSON, does not fit the contract, or contradicts itself;
   *     with every fault at once, whose pointers lead from the request on
   */
  VmEntryQuestion read(JsonPart part) {
    return question(part, parse(part));
  }

  /**
   * Reads what stands in {@code part}, to be handed to {@link #question}.
   *
   * @throws RejectedRequestException when it is no JSON, or does not fit the contract
   */
  VmEntryRequest parse(JsonPart part) {
    return contract.read(part);
  }

  /**
   * Makes of {@code request}, which was read from {@code part}, what the engine takes.
   *
   * @throws RejectedRequestException when a value is outside its range, or something contradicts itself
   */
  VmEntryQuestion question(JsonPart part, VmEntryRequest request) {
    VmEntryMapper mapper = new VmEntryMapper(limits);
    VmEntryQuestion question = mapper.map(request);
    if (mapper.isOutsideContract()) {
      throw contract.rejection(part, new Violation("", "a value is outside its range"));
    }
    List<Violation> contradictions = mapper.contradictions();
    if (!contradictions.isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.UNDECIDABLE, contradictions);
    }
    return question;
  }
}
