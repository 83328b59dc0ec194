package io.vmxdecision.app.stream;

import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.JsonDecisions;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.server.exchange.LinesProtocol;

/** Lines of requests for decisions. */
record DecisionLines(JsonDecisions decisions, AnswerOptions options, Source source)
    implements
      LinesProtocol.Lines {

  @Override
  public byte[] answer(byte[] line) {
    return decisions.answer(line, options, source);
  }

  @Override
  public byte[] problem(ProblemKind kind, String detail) {
    return decisions.problem(kind, detail);
  }
}
