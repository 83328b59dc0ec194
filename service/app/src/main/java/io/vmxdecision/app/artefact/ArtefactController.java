package io.vmxdecision.app.artefact;

import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.artefacts.Explainer;
import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

/** Explains whatever people have, as it is. */
@RestController
@Tag(name = "artefacts")
class ArtefactController {
  private static final String GPA = "gpa";
  private static final int MAX_PARTS = 64;
  private static final int MAX_HEADER_BYTES = 4096;

  /** A body may be compressed: of what it unpacks to, so much is read. */
  private static final long MOST_UNPACKED = 1L << 28;

  /** What the report of one request, and its answer, take of the heap. */
  private static final long REPORT_HEAP = 2 * Explainer.MOST_WEIGHT;

  private final ReportDecisions decisions;

  ArtefactController(ReportDecisions decisions) {
    this.decisions = decisions;
  }

  @Operation(operationId = "explainArtefacts", summary = "Explain whatever you have",
      description = "Dumps of a VMCS, failed entries, traces, registers, CPUID, VM configurations, hex dumps, pages,"
          + " nested-state blobs, memory dumps, numbers; a mixture of them, or a whole log; gzip, xz and zstd files as"
          + " they are. The answer says what each is, what it says, what is wrong with it by the checks of"
          + " VM-entries, eVMCS pages and CPUID words, and what would decide more. A form may have several files.",
      parameters = @Parameter(name = GPA, in = ParameterIn.QUERY,
          description = "Of a memory dump, the guest-physical address of a page that is shown whatever it"
              + " looks like.",
          schema = @Schema(type = "string", pattern = "^0[xX][0-9a-fA-F]{1,16}$"), example = "0x66000"),
      requestBody = @RequestBody(required = true,
          content = {
            @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string")),
            @Content(mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                schema = @Schema(type = "string", format = "binary")),
            @Content(mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
                schema = @Schema(implementation = ArtefactForm.class))}))
  @ApiResponse(responseCode = "200", description = "What was found.",
      content = {
        @Content(mediaType = MediaType.APPLICATION_JSON_VALUE,
            schema = @Schema(implementation = ArtefactsAnswer.class)),
        @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string"))})
  @PostMapping(path = ApiPaths.ARTEFACTS, produces = MediaType.APPLICATION_JSON_VALUE)
  ArtefactsAnswer explain(
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest body) {
    Report report = report(meter, pace, body);
    return ArtefactsAnswer.of(report, decisions.decide(report), decisions.enter(report));
  }

  /** To OpenAPI the same operation as {@link #explain}, with another type of answer. */
  @Hidden
  @PostMapping(path = ApiPaths.ARTEFACTS, produces = MediaType.TEXT_PLAIN_VALUE + ";charset=UTF-8")
  String explainAsText(
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest body) {
    Report report = report(meter, pace, body);
    return Mail.of(report, ReportDecisions.sentences(decisions.decide(report), decisions.enter(report)));
  }

  /** The body is read as it comes, whatever its length. */
  private static Report report(BodyMeter meter, StreamPace pace, HttpServletRequest body) {
    // Not a parameter of the methods: to look it up, the server would read a body that calls itself a form, as
    // curl says of any.
    String gpa = UriComponentsBuilder.newInstance().query(body.getQueryString()).build().getQueryParams()
        .getFirst(GPA);
    meter.read(REPORT_HEAP);
    Explainer explainer = new Explainer(gpa == null ? null : address(gpa), MOST_UNPACKED);
    try {
      String type = body.getContentType();
      if (type != null && type.regionMatches(true, 0, MediaType.MULTIPART_FORM_DATA_VALUE, 0,
          MediaType.MULTIPART_FORM_DATA_VALUE.length())) {
        readParts(body, explainer);
      } else {
        explainer.read("", pace.counting(body.getInputStream()));
      }
    } catch (IOException e) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST, "The body breaks off, or the form is malformed: " + e.getMessage());
    }
    return explainer.report();
  }

  private static void readParts(HttpServletRequest body, Explainer explainer) throws IOException {
    FileUpload upload = new FileUpload();
    upload.setPartHeaderSizeMax(MAX_HEADER_BYTES);
    try {
      FileItemIterator parts = upload.getItemIterator(new ServletRequestContext(body));
      int i = 0;
      for (; parts.hasNext(); i++) {
        if (i == MAX_PARTS) {
          throw new IOException("it has more than " + MAX_PARTS + " parts");
        }
        FileItemStream part = parts.next();
        String name =
            part.getName() == null || part.getName().isEmpty() ? part.getFieldName() : part.getName();
        try (InputStream content = part.openStream()) {
          explainer.read(name == null ? "" : name.length() > 200 ? name.substring(0, 200) : name, content);
        }
      }
      if (i == 0) {
        throw new IOException("it has no part");
      }
    } catch (RejectedRequestException e) {
      throw e;
    } catch (RuntimeException e) { // Tomcat's decoders throw whatever they stumble on
      throw new IOException("a header cannot be decoded", e);
    }
  }

  private static long address(String gpa) {
    Long address = gpa.startsWith("0x") || gpa.startsWith("0X") ? Readings.parse(gpa) : null;
    if (address == null) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST, "gpa is a guest-physical address in hexadecimal, such as 0x66000.");
    }
    return address;
  }
}
