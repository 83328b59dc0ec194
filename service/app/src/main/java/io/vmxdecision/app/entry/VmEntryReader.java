package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.PagesForm;
import io.vmxdecision.app.decision.PagesFormParts;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.http.HttpServletRequest;
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
   * What a form asks.
   *
   * @param request its JSON, with the pages of the form in their places
   */
  record Form(PagesForm form, VmEntryRequest request, VmEntryQuestion question) {}

  /**
   * Reads a form with pages.
   *
   * @throws RejectedRequestException as {@link #read}; the pointers lead from the form on
   */
  Form read(HttpServletRequest body) {
    return PagesFormParts.read(body, this::read);
  }

  private Form read(PagesForm form) {
    VmEntryRequest read = parse(form.request());
    RequestFaults faults = new RequestFaults();
    form.noteGivenTwice(
        read.snapshot().evmcs(),
        read.snapshot().vpAssistPage(),
        read.snapshot().partitionAssistPage(),
        faults);
    VmEntryRequest request = VmEntryPagesForm.layOver(form, read);
    return new Form(form, request, question(form.request(), request, faults));
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
    return question(part, request, new RequestFaults());
  }

  private VmEntryQuestion question(JsonPart part, VmEntryRequest request, RequestFaults faults) {
    VmEntryQuestion question = new VmEntryMapper(limits, faults).map(request);
    faults.requireNone(contract, part);
    return question;
  }
}
