package io.vmxdecision.app.stream;

import io.vmxdecision.app.server.exchange.ExchangeLimits;
import io.vmxdecision.app.server.exchange.LinesProtocol;
import io.vmxdecision.app.server.exchange.StreamExchange;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.AnswerPart;
import io.vmxdecision.app.decision.DecisionMetrics;
import io.vmxdecision.app.decision.DecisionRecorder;
import io.vmxdecision.app.decision.JsonDecisions;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.problem.BrokenAnswers;
import io.vmxdecision.app.problem.ProblemMetrics;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "decisions")
class StreamController {
  static final String SBE = "application/vnd.vmx-decision.v1+sbe";

  private final JsonDecisions decisions;
  private final DecisionMetrics metrics;
  private final ProblemMetrics problems;
  private final DecisionRecorder recorder;
  private final StreamLimits limits;
  private final ExchangeLimits exchangeLimits;
  private final ServiceLimits serviceLimits;

  StreamController(
      JsonDecisions decisions,
      DecisionMetrics metrics,
      ProblemMetrics problems,
      DecisionRecorder recorder,
      StreamLimits limits,
      ExchangeLimits exchangeLimits,
      ServiceLimits serviceLimits) {
    this.decisions = decisions;
    this.metrics = metrics;
    this.problems = problems;
    this.recorder = recorder;
    this.limits = limits;
    this.exchangeLimits = exchangeLimits;
    this.serviceLimits = serviceLimits;
  }

  @Operation(
      operationId = "decideStream",
      summary = "Decide VM-exits without end",
      description = "Answers come in the order of the requests, while these are still being sent. Lines of"
          + " JSON: a DecisionRequest a line, a Decision a line; a request that cannot be answered becomes a"
          + " Problem on its line, and the others go on; empty lines are passed over. Or, for throughput, SBE"
          + " messages in Simple Open Framing Header frames (schema: api-spec/vmx-decision-v1.xml): snapshots,"
          + " exits that refer to them, and back a decision for each exit; a malformed frame is answered with"
          + " an error that names its position, and ends the stream. A generated client sends lines as one"
          + " text and has the answers when all have come; a stream without end, or one of SBE messages,"
          + " takes an HTTP client that streams.",
      requestBody = @RequestBody(
          required = true,
          content = {
            // Not binary: generated clients would send the name of a file, or the file as JSON.
            @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE, schema = @Schema(type = "string")),
            @Content(mediaType = SBE, schema = @Schema(type = "string", format = "binary"))}))
  @ApiResponse(responseCode = "200", description = "The answers, in the form of the request.",
      content = {
        @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE,
            schema = @Schema(type = "string", format = "binary")),
        @Content(mediaType = SBE, schema = @Schema(type = "string", format = "binary"))})
  @PostMapping(path = ApiPaths.STREAM, consumes = MediaType.APPLICATION_NDJSON_VALUE)
  void decideLines(
      @Parameter(
          description = "For lines: whether answers list every rule looked at, with its evidence.") @RequestParam(
              defaultValue = "false") boolean explain,
      @Parameter(description = "For lines: what else answers shall hold.",
          array = @ArraySchema(schema = @Schema(implementation = AnswerPart.class))) @RequestParam(
              defaultValue = "") List<String> include,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    AnswerOptions options = AnswerOptions.of(explain, include);
    response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
    run(
        new LinesProtocol(
            new DecisionLines(decisions, options, Source.of(Via.STREAM)), serviceLimits, meter),
        meter,
        pace,
        request,
        response);
  }

  /** To OpenAPI the same operation as {@link #decideLines}, with another type of body. */
  @Hidden
  @PostMapping(path = ApiPaths.STREAM, consumes = SBE)
  void decideFrames(
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    response.setContentType(SBE);
    run(
        new SbeProtocol(metrics, problems, recorder, Source.of(Via.SBE), limits, serviceLimits, meter),
        meter,
        pace,
        request,
        response);
  }

  private void run(
      StreamProtocol protocol,
      BodyMeter meter,
      StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    boolean whole =
        StreamExchange.run(
            protocol,
            pace.counting(request.getInputStream()),
            pace.counting(response.getOutputStream()),
            exchangeLimits,
            meter);
    if (!whole) {
      BrokenAnswers.mark(request, new IOException("the stream was broken off"));
    }
  }
}
