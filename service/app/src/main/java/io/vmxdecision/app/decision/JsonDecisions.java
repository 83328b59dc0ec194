package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.List;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Requests and answers as bytes of JSON, for many in one body: a fault ends its request alone. */
@Component
public class JsonDecisions {
  private final DecisionRequestReader reader;
  private final DecisionService service;
  private final ProblemMetrics problems;
  private final JsonMapper mapper;

  JsonDecisions(
      DecisionRequestReader reader,
      DecisionService service,
      ProblemMetrics problems,
      JsonMapper mapper) {
    this.reader = reader;
    this.service = service;
    this.problems = problems;
    this.mapper = mapper;
  }

  /** The decision on a request, or the problem with it. */
  public byte[] answer(byte[] request, AnswerOptions options, Source source) {
    try {
      return service.decideInJson(reader.read(JsonPart.whole(request)), options, source);
    } catch (RejectedRequestException e) {
      problems.count(e.kind());
      return mapper.writeValueAsBytes(ProblemAnswer.of(e));
    } catch (RuntimeException e) { // the others of its body are answered all the same
      return mapper.writeValueAsBytes(problems.unexpected(e));
    }
  }

  /** A problem with a request that was not even read. */
  public byte[] problem(ProblemKind kind, String detail) {
    problems.count(kind);
    return mapper.writeValueAsBytes(ProblemAnswer.of(kind, detail, List.of()));
  }
}
