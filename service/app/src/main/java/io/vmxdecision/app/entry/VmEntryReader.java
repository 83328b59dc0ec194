package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.problem.RejectedRequestException;
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
    RequestFaults faults = new RequestFaults();
    VmEntryQuestion question = new VmEntryMapper(limits, faults).map(request);
    faults.requireNone(contract, part);
    return question;
  }
}
