package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "decisions")
class DecisionController {
  private final DecisionRequestReader reader;
  private final DecisionService service;

  DecisionController(DecisionRequestReader reader, DecisionService service) {
    this.reader = reader;
    this.service = service;
  }

  @Operation(operationId = "decide", summary = "Decide a VM-exit",
      description = "Who handles the exit (L0 or L1), whether the L2 TLB flush is eligible and if not which"
          + " condition fails, which TLB mutations follow on which vCPUs, and what exit L1 sees.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = DecisionRequest.class))))
  @ApiResponse(responseCode = "200", description = "The decision.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/decisions", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  DecisionAnswer decide(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether the answer lists every rule looked at, with its evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "What else the answer shall hold.",
          array = @ArraySchema(schema = @Schema(implementation = AnswerPart.class))) @RequestParam(
              defaultValue = "") List<String> include) {
    AnswerOptions options = AnswerOptions.of(explain, include);
    return service.decide(
        reader.read(JsonPart.whole(body)), options, Source.of(Via.DECISIONS));
  }
}
