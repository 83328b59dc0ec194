package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.many.JsonAnswers;
import io.vmxdecision.app.many.JsonDecider;
import org.springframework.stereotype.Component;

/** Decisions on VM-exits, requests and answers as bytes of JSON. */
@Component
public class JsonDecisions {
  private final DecisionRequestReader reader;
  private final DecisionService service;
  private final JsonAnswers answers;

  JsonDecisions(DecisionRequestReader reader, DecisionService service, JsonAnswers answers) {
    this.reader = reader;
    this.service = service;
    this.answers = answers;
  }

  /** One that answers as {@code options} say. */
  public JsonDecider decider(AnswerOptions options, Source source) {
    return request -> service.decideInJson(reader.read(request), options, source);
  }

  /** The decision on a request, or the problem with it. */
  public byte[] answer(byte[] request, AnswerOptions options, Source source) {
    return answers.answer(request, decider(options, source));
  }
}
