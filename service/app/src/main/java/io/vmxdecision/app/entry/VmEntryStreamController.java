package io.vmxdecision.app.entry;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.stream.Streams;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "VM-entries")
class VmEntryStreamController {
  private final VmEntryReader reader;
  private final VmEntryService service;
  private final Streams streams;

  VmEntryStreamController(VmEntryReader reader, VmEntryService service, Streams streams) {
    this.reader = reader;
    this.service = service;
    this.streams = streams;
  }

  @Operation(
      operationId = "decideVmEntryStream",
      summary = "Decide VM-entries without end",
      description = "Answers come in the order of the requests, while these are still being sent: a"
          + " VmEntryRequest a line, a VmEntryDecision a line. A request that cannot be answered becomes a"
          + " Problem on its line, and the others go on. Empty lines are passed over. A generated client sends"
          + " lines as one text and has the answers when all have come; a stream without end takes an HTTP"
          + " client that streams.",
      requestBody = @RequestBody(
          required = true,
          // Not binary: generated clients would send the name of a file, or the file as JSON.
          content = @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE,
              schema = @Schema(type = "string"))))
  @ApiResponse(responseCode = "200", description = "The answers.",
      content = @Content(mediaType = MediaType.APPLICATION_NDJSON_VALUE,
          schema = @Schema(type = "string", format = "binary")))
  @PostMapping(path = ApiPaths.VM_ENTRY_STREAM, consumes = MediaType.APPLICATION_NDJSON_VALUE)
  void decideLines(
      @Parameter(
          description = "Whether answers list every check looked at, with what it saw.") @RequestParam(
              defaultValue = "false") boolean explain,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      @RequestAttribute(StreamPace.ATTRIBUTE) StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    Source source = Source.of(Via.STREAM);
    streams.answerLines(
        line -> service.decideInJson(reader.read(line), explain, source), meter, pace, request, response);
  }
}
