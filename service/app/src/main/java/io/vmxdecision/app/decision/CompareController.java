package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
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
class CompareController {
  private final Comparison comparison;

  CompareController(Comparison comparison) {
    this.comparison = comparison;
  }

  @Operation(operationId = "compareDecisions", summary = "Decide a VM-exit as several L0s",
      description = "What each profile answers, as POST /v1/decisions would, and in what the decisions differ: the"
          + " place, the values, and the rules that explain it. A profile that cannot decide the request has a"
          + " problem in its place.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = CompareRequest.class))))
  @ApiResponse(responseCode = "200", description = "The answers and their differences.",
      useReturnTypeSchema = true)
  @PostMapping(path = "/v1/decisions/compare", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  CompareAnswer compare(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether the decisions list every rule looked at, with its evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return comparison.compare(body, AnswerOptions.of(explain, List.of()), meter);
  }
}
