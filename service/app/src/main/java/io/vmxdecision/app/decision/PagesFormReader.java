package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Component;

/** From the bytes of a form to what the engine takes. */
@Component
class PagesFormReader {
  private final DecisionRequestReader reader;

  PagesFormReader(DecisionRequestReader reader) {
    this.reader = reader;
  }

  /**
   * What a form asks.
   *
   * @param request its JSON, with the pages of the form in their places
   */
  record Read(PagesForm form, DecisionRequest request, Question question) {}

  /**
   * Reads a form.
   *
   * @throws RejectedRequestException when it is no form, does not fit the contract, or contradicts
   *     itself; with every fault at once
   */
  Read read(HttpServletRequest body) {
    return PagesFormParts.read(body, this::read);
  }

  /** The form's JSON is a request like any other; the pages of the form are laid over it. */
  private Read read(PagesForm form) {
    DecisionRequest read = reader.parse(form.request());
    RequestFaults faults = new RequestFaults();
    form.noteGivenTwice(
        read.snapshot().evmcs(),
        read.snapshot().vpAssistPage(),
        read.snapshot().partitionAssistPage(),
        faults);
    DecisionRequest request = form.layOver(read);
    return new Read(form, request, reader.question(form.request(), request, faults));
  }
}
