package io.vmxdecision.app.audit;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.audit.AuditProtocol.Form;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.problem.BrokenAnswers;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.exchange.ExchangeLimits;
import io.vmxdecision.app.server.exchange.StreamExchange;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.profile.TlfsProfile;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Tag(name = "audits")
class AuditController {
  private final JsonMapper json;
  private final AuditMetrics metrics;
  private final ExchangeLimits limits;

  AuditController(JsonMapper json, AuditMetrics metrics, ExchangeLimits limits) {
    this.json = json;
    this.metrics = metrics;
    this.limits = limits;
  }

  @Operation(
      operationId = "auditTrace",
      summary = "Audit a KVM trace",
      description = "Takes the text of trace-cmd report, perf script or /sys/kernel/tracing/trace, of any length"
          + " and of any kernel's generation, and tells for every exit from L2 who handled it, who must by the"
          + " rules, and whether the two agree. Snapshots decide what the trace alone does not: in a form, they come"
          + " before the trace. The answer is one JSON document, lines of JSON as it goes (an AuditedExit as exit,"
          + " an AuditedFlush as flush, a FailedVmEntry as failedEntry, at the end the AuditSummary as summary), or"
          + " text for a terminal, by Accept. A trace that breaks off is reported as far as it was read.",
      requestBody = @RequestBody(required = true, content = {
        @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string")),
        @Content(mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
            schema = @Schema(implementation = AuditForm.class))}))
  @ApiResponse(responseCode = "200", description = "The audit.", content = {
    @Content(mediaType = MediaType.APPLICATION_JSON_VALUE,
        schema = @Schema(implementation = AuditAnswer.class)),
    @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE, schema = @Schema(type = "string")),
    @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string"))})
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = ApiPaths.AUDITS,
      consumes = {MediaType.TEXT_PLAIN_VALUE, MediaType.MULTIPART_FORM_DATA_VALUE},
      produces = {
        MediaType.APPLICATION_JSON_VALUE, MediaType.APPLICATION_NDJSON_VALUE, MediaType.TEXT_PLAIN_VALUE})
  void audit(
      @Parameter(
          description = "The behaviour profile: the L0 by whose rules the exits are judged. Without it that is"
              + " kvm-6.12, and the summary says which kernel the trace contradicts least, with the lines that"
              + " tell them apart.",
          schema = @Schema(ref = "#/components/schemas/Profile")) @RequestParam(
              required = false) @Nullable String profile,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    Profile judge = profile == null ? null : Profile.of(profile);
    if (TlfsProfile.TLFS.id().equals(profile)) {
      throw new RejectedRequestException(
          ProblemKind.UNDECIDABLE, "The TLFS does not route exits: an audit takes the profile of a kernel.");
    }
    if (profile != null && judge == null) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST,
          "The parameter profile takes one of " + String.join(", ", Profile.ids()) + ".");
    }
    String type = String.valueOf(request.getContentType());
    if (MimeTypeUtils.parseMimeType(type).getType().equals("multipart")) {
      AuditFormReader form = new AuditFormReader(meter);
      InputStream trace = form.trace(request);
      run(judge, trace, form.snapshots(), form::afterTrace, meter, pace, request, response);
    } else {
      run(judge, request.getInputStream(), List.of(), () -> null, meter, pace, request, response);
    }
  }

  private void run(
      @Nullable Profile profile,
      InputStream body,
      List<TimedSnapshot> snapshots,
      Supplier<@Nullable String> lastNote,
      BodyMeter meter,
      StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    Form form = form(request);
    PushbackInputStream in = new PushbackInputStream(body, Foreign.BYTES);
    byte[] first = in.readNBytes(Foreign.BYTES);
    String foreign = Foreign.told(first, "trace.dat");
    if (foreign != null) {
      throw new RejectedRequestException(ProblemKind.INVALID_REQUEST, foreign);
    }
    in.unread(first);
    response.setContentType(switch (form) {
      case JSON -> MediaType.APPLICATION_JSON_VALUE;
      case NDJSON -> MediaType.APPLICATION_NDJSON_VALUE;
      case TEXT -> "text/plain;charset=UTF-8";
    });
    boolean whole = StreamExchange.run(
        new AuditProtocol(form, profile, snapshots, json, metrics, meter, lastNote),
        pace.counting(in),
        pace.counting(response.getOutputStream()),
        limits,
        meter);
    if (!whole) {
      BrokenAnswers.mark(request, new IOException("the trace was broken off"));
    }
  }

  /** The first of the accepted types that an audit has; Spring has seen to it that there is one. */
  private static Form form(HttpServletRequest request) {
    String accept = request.getHeader(HttpHeaders.ACCEPT);
    try {
      List<MediaType> types = MediaType.parseMediaTypes(accept);
      MimeTypeUtils.sortBySpecificity(types);
      for (MediaType type : types) {
        if (type.includes(MediaType.APPLICATION_JSON)) {
          return Form.JSON;
        }
        if (type.includes(MediaType.APPLICATION_NDJSON)) {
          return Form.NDJSON;
        }
        if (type.includes(MediaType.TEXT_PLAIN)) {
          return Form.TEXT;
        }
      }
    } catch (InvalidMimeTypeException e) {
      return Form.JSON;
    }
    return Form.JSON;
  }
}
