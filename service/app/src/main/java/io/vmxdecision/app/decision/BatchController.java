package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.many.Batches;
import io.vmxdecision.app.server.overload.BodyMeter;
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
  private final DecisionRequestReader reader;
  private final DecisionService service;
  private final Batches batches;

  BatchController(DecisionRequestReader reader, DecisionService service, Batches batches) {
    this.reader = reader;
    this.service = service;
    this.batches = batches;
  }

  @Operation(operationId = "decideBatch", summary = "Decide VM-exits, many at once",
      description = "Each request is decided as POST /v1/decisions would. One that cannot be answered becomes"
          + " a problem in its place, with pointers into this body, and the others are decided all the same;"
          + " only a fault of the body around them refuses them all.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = BatchRequest.class))))
  @ApiResponse(responseCode = "200", description = "The results.", useReturnTypeSchema = true)
  @PostMapping(path = ApiPaths.BATCH, consumes = MediaType.APPLICATION_JSON_VALUE,
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
    Source source = Source.of(Via.BATCH);
    return new BatchAnswer(
        batches.results(
            body,
            meter,
            request -> new BatchResult(service.decide(reader.read(request), options, source), null),
            problem -> new BatchResult(null, problem)));
  }
}
