package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.contract.JsonArrayContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "decisions")
class BatchController {
  private static final JsonArrayContract CONTRACT =
      new JsonArrayContract("requests", BatchRequest.MAX_REQUESTS);

  private final DecisionRequestReader reader;
  private final DecisionService service;
  private final ProblemMetrics problems;
  private final ServiceLimits limits;

  BatchController(
      DecisionRequestReader reader,
      DecisionService service,
      ProblemMetrics problems,
      ServiceLimits limits) {
    this.reader = reader;
    this.service = service;
    this.problems = problems;
    this.limits = limits;
  }

  @Operation(operationId = "decideBatch", summary = "Decide VM-exits, many at once",
      description = "Each request is decided as POST /v1/decisions would. One that cannot be answered becomes"
          + " a problem in its place, with pointers into this body, and the others are decided all the same;"
          + " only a fault of the body around them refuses them all.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = BatchRequest.class))))
  @ApiResponse(responseCode = "200", description = "The results.", useReturnTypeSchema = true)
  @PostMapping(path = "/v1/decisions/batch", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  BatchAnswer decide(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether answers list every rule looked at, with its evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "What else answers shall hold.",
          array = @ArraySchema(schema = @Schema(implementation = AnswerPart.class))) @RequestParam(
              defaultValue = "") List<String> include,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    AnswerOptions options = AnswerOptions.of(explain, include);
    List<JsonPart> requests = CONTRACT.read(body);
    Source source = Source.of(Via.BATCH);
    return new BatchAnswer(() -> new Results(requests, options, source, meter));
  }

  /** Decides when it is asked for the next result; then the one before has been written. */
  private final class Results implements Iterator<BatchResult> {
    private final Iterator<JsonPart> requests;
    private final AnswerOptions options;
    private final Source source;
    private final BodyMeter meter;
    private long held;

    Results(List<JsonPart> requests, AnswerOptions options, Source source, BodyMeter meter) {
      this.requests = requests.iterator();
      this.options = options;
      this.source = source;
      this.meter = meter;
    }

    @Override
    public boolean hasNext() {
      return requests.hasNext();
    }

    @Override
    public BatchResult next() {
      JsonPart request = requests.next();
      meter.release(held);
      held = 0;
      try {
        long needed = limits.heapFor(request.length());
        meter.read(needed);
        held = needed;
        return new BatchResult(service.decide(reader.read(request), options, source), null);
      } catch (RejectedRequestException e) {
        problems.count(e.kind());
        return new BatchResult(null, ProblemAnswer.of(e.under(request.pointer())));
      } catch (RuntimeException e) { // the others are decided all the same
        return new BatchResult(null, problems.unexpected(e));
      }
    }
  }
}
