package io.vmxdecision.app.many;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.List;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Requests and answers as bytes of JSON, for many in one body: a fault ends its request alone. */
@Component
public class JsonAnswers {
  private final ProblemMetrics problems;
  private final JsonMapper mapper;

  JsonAnswers(ProblemMetrics problems, JsonMapper mapper) {
    this.problems = problems;
    this.mapper = mapper;
  }

  /** The decision on a request, or the problem with it. */
  public byte[] answer(byte[] request, JsonDecider decider) {
    try {
      return decider.decide(JsonPart.whole(request));
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
