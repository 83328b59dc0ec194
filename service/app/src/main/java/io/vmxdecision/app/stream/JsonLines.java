package io.vmxdecision.app.stream;

import io.vmxdecision.app.many.JsonAnswers;
import io.vmxdecision.app.many.JsonDecider;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.server.exchange.LinesProtocol;

/** Lines that are requests, each decided by itself. */
record JsonLines(JsonAnswers answers, JsonDecider decider)
    implements
      LinesProtocol.Lines {

  @Override
  public byte[] answer(byte[] line) {
    return answers.answer(line, decider);
  }

  @Override
  public byte[] problem(ProblemKind kind, String detail) {
    return answers.problem(kind, detail);
  }
}
