package io.vmxdecision.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.fuzz.ServedContract.Operation;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whatever is asked of an operation of the served contract is answered as the contract says. The
 * operations are the document's: one that is added is covered.
 */
@RunningService
class ContractFuzzTest {
  private static final long SEED = 20_260_612;
  private static final int LEAST = 3000;

  private static final int LEAST_OF_EACH = 5;
  private static final int SHARE_OF_A_BODY = 4;

  private final ServiceClient service;
  private final ServedContract contract;

  ContractFuzzTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
    this.contract = new ServedContract(service.get("/v3/api-docs").ok().json());
  }

  @Test
  void everyAnswerIsOneThatTheContractHasForThatRequest() {
    List<Operation> operations = contract.operations();
    int shares = operations.stream().mapToInt(ContractFuzzTest::share).sum();
    int sent = 0;
    Map<String, Integer> answers = new TreeMap<>();
    for (Operation operation : operations) {
      int count = LEAST_OF_EACH + LEAST * share(operation) / shares;
      for (int i = 0; i < count; i++) {
        // A request depends on its own number only, so that one alone can be made again.
        Random random = new Random(SEED + 31L * sent);
        SampledRequest request = sample(operation, random);
        Answer answer = request.sendTo(service);
        int number = sent;
        check(request, answer,
            () -> "seed %d, request %d: %s\n\n%s".formatted(SEED, number, request, answer));
        String kind = request.change().isEmpty() ? "valid" : "broken";
        answers.merge(operation + " " + kind + " " + answer.status(), 1, Integer::sum);
        sent++;
      }
    }
    assertThat(sent).as("%s", answers).isGreaterThanOrEqualTo(LEAST);
    for (String outcome : List.of("valid 200", "valid 422", "broken 400", "broken 415")) {
      assertThat(answers.keySet()).anyMatch(line -> line.endsWith(outcome));
    }
  }

  private static int share(Operation operation) {
    if (!operation.bodies().isMissingNode()) {
      return SHARE_OF_A_BODY;
    }
    return operation.parameters().isEmpty() ? 0 : 1;
  }

  private SampledRequest sample(Operation operation, Random random) {
    SampledRequest broken =
        random.nextInt(5) < 3 ? SampledRequest.broken(contract, operation, random) : null;
    return broken == null ? SampledRequest.valid(contract, operation, random) : broken;
  }

  private void check(SampledRequest request, Answer answer, Supplier<String> context) {
    JsonNode declared =
        contract.resolve(
            request.operation().node().path("responses").path(String.valueOf(answer.status())));
    assertThat(declared.isMissingNode()).as(() -> "an undeclared status\n" + context.get()).isFalse();
    assertThat(answer.status()).as(context).isLessThan(500);
    String type = answer.contentType().split(";", 2)[0];
    JsonNode schema = declared.path("content").path(type).path("schema");
    assertThat(schema.isMissingNode()).as(() -> "an undeclared content type\n" + context.get()).isFalse();
    List<JsonNode> problems = new ArrayList<>();
    if (answer.status() >= 400 || answer.contentType().equals("application/json")) {
      assertThat(contract.faults(schema, answer.json())).as(context).isEmpty();
      collectProblems(answer.json(), problems);
    } else if (request.isLines()) {
      answer.body().lines().forEach(line -> checkLine(request, line, problems, context));
    }
    if (request.change().isEmpty()) {
      assertThat(answer.status()).as(context).isNotIn(400, 413, 415);
      assertThat(problems).as(context)
          .allSatisfy(problem -> assertThat(problem.path("status").asInt()).isIn(404, 422)); // 404 if declared
    } else if (request.isOfAnotherType()) {
      assertThat(answer.status()).as(context).isEqualTo(415);
    } else {
      assertThat(answer.status()).as(context).isIn(200, 400);
      assertThat(problems).as(context)
          .anySatisfy(problem -> assertThat(problem.path("status").asInt()).isEqualTo(400));
    }
    for (JsonNode problem : problems) {
      for (JsonNode error : problem.path("errors")) {
        checkPointer(error.path("pointer").asString(), request.json(), context);
      }
    }
  }

  private void checkLine(
      SampledRequest request, String line, List<JsonNode> problems, Supplier<String> context) {
    JsonNode value = JsonMapper.shared().readTree(line);
    boolean problem = value.has("status");
    JsonNode schema = contract.component(problem ? "Problem" : request.lineOfAnswer());
    assertThat(contract.faults(schema, value)).as(context).isEmpty();
    collectProblems(value, problems);
  }

  /** Problems are answers, or results within one. */
  private static void collectProblems(JsonNode value, List<JsonNode> problems) {
    if (value.path("type").asString("").startsWith("urn:vmx-decision:problem:")) {
      problems.add(value);
    } else {
      value.forEach(part -> collectProblems(part, problems));
    }
  }

  /** A pointer leads to what is there, or to a property that is missing in an object that is. */
  private static void checkPointer(String text, @Nullable JsonNode json, Supplier<String> context) {
    JsonPointer pointer = JsonPointer.compile(text);
    if (json != null && json.at(pointer).isMissingNode()) {
      assertThat(json.at(pointer.head()).isObject()).as(() -> text + " of\n" + context.get()).isTrue();
    }
  }
}
