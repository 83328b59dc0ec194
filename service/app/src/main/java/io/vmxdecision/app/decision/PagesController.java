package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Encoding;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "decisions")
class PagesController {
  private final PagesFormReader reader;
  private final DecisionService service;

  PagesController(PagesFormReader reader, DecisionService service) {
    this.reader = reader;
    this.service = service;
  }

  @Operation(operationId = "decidePages", summary = "Decide a VM-exit from raw pages",
      description = "As POST /v1/decisions, with pages as a dump of guest memory gives them instead of in"
          + " base64. Pointers of a problem treat the form as an object of its parts:"
          + " /request/snapshot/vcpu.",
      requestBody = @RequestBody(required = true,
          content = @Content(mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
              schema = @Schema(implementation = PagesForm.class),
              encoding = @Encoding(name = "request", contentType = MediaType.APPLICATION_JSON_VALUE))))
  @ApiResponse(responseCode = "200", description = "The decision.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/decisions/pages", consumes = MediaType.MULTIPART_FORM_DATA_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  DecisionAnswer decide(
      @Parameter(
          description = "Whether the answer lists every rule looked at, with its evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "What else the answer shall hold.",
          array = @ArraySchema(schema = @Schema(implementation = AnswerPart.class))) @RequestParam(
              defaultValue = "") List<String> include,
      HttpServletRequest body) {
    AnswerOptions options = AnswerOptions.of(explain, include);
    Question question = reader.read(body).question();
    try {
      return service.decide(question, options, Source.of(Via.PAGES));
    } catch (RejectedRequestException e) {
      throw PagesFormParts.placed(e);
    }
  }
}
