package io.vmxdecision.app.scenario;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.scenario.StepOptions.StaleList;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.stream.Streams;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Tag(name = "scenarios")
class ScenarioController {
  private final ScenarioService service;
  private final ScenarioReader reader;
  private final ScenarioMetrics metrics;
  private final ProblemMetrics problems;
  private final JsonMapper mapper;
  private final Streams streams;

  ScenarioController(
      ScenarioService service,
      ScenarioReader reader,
      ScenarioMetrics metrics,
      ProblemMetrics problems,
      JsonMapper mapper,
      Streams streams) {
    this.service = service;
    this.reader = reader;
    this.metrics = metrics;
    this.problems = problems;
    this.mapper = mapper;
    this.streams = streams;
  }

  @Operation(operationId = "playScenario", summary = "Play a scenario",
      description = "Plays events in order over one machine, with what L0 keeps between them"
          + " (rules T): what each event does, and what L0 then holds that the pages have"
          + " otherwise. An event that cannot be, such as a VM-entry in L2, refuses the whole;"
          + " each one is told, and what comes after it is seen as if it were left out.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = ScenarioRequest.class))))
  @ApiResponse(responseCode = "200", description = "The steps.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/scenarios", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  ScenarioAnswer play(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether steps list the rules that had a part, with their evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "Whether stale lists all that is stale, or what changed with the event.",
          schema = @Schema(implementation = StaleList.class)) @RequestParam(
              defaultValue = "all") String stale,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return service.play(body, StepOptions.of(explain, stale), meter);
  }

  @Operation(operationId = "exportSelftest", summary = "Write a scenario as a KVM selftest",
      description = "The skeleton of a KVM selftest in C that does the same: guest code for L1"
          + " and L2, the pages set up, and asserts on what this service expects of KVM. What a"
          + " test cannot do by itself is marked TODO. A scenario of at most 1,000 events and"
          + " 512 KiB.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = ScenarioRequest.class))))
  @ApiResponse(responseCode = "200", description = "The C source.",
      content = @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string")))
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/scenarios/selftest", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.TEXT_PLAIN_VALUE + ";charset=UTF-8")
  String selftest(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return service.selftest(body, meter);
  }

  @Operation(operationId = "playScenarioStream", summary = "Play a scenario without end",
      description = "Lines of JSON: in the first a ScenarioRequest less its"
          + " events, then a ScenarioEvent a line. Each event is answered at once with a"
          + " ScenarioStep on a line of its own; the first line has no answer. An event that"
          + " cannot be becomes a Problem on its line and changes nothing. A first line that"
          + " cannot be taken is answered with a Problem, which ends the stream. Empty lines"
          + " are passed over.",
      requestBody = @RequestBody(required = true,
          content = @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE,
              schema = @Schema(type = "string"))))
  @ApiResponse(responseCode = "200", description = "The steps.",
      content = @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE,
          schema = @Schema(type = "string", format = "binary")))
  @PostMapping(path = ApiPaths.SCENARIO_STREAM, consumes = MediaType.APPLICATION_NDJSON_VALUE)
  void stream(
      @Parameter(
          description = "Whether steps list the rules that had a part, with their evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "Whether stale lists all that is stale, or what changed with the event.",
          schema = @Schema(implementation = StaleList.class)) @RequestParam(
              defaultValue = "all") String stale,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    StepOptions options = StepOptions.of(explain, stale);
    ScenarioLines lines = new ScenarioLines(reader, options, metrics, problems, mapper, meter);
    streams.answerLines(lines, meter, pace, request, response);
  }
}
