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
import io.vmxdecision.app.entry.VmEntryBatchAnswer.VmEntryBatchResult;
import io.vmxdecision.app.many.Batches;
import io.vmxdecision.app.server.overload.BodyMeter;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "VM-entries")
class VmEntryBatchController {
  private final VmEntryReader reader;
  private final VmEntryService service;
  private final Batches batches;

  VmEntryBatchController(VmEntryReader reader, VmEntryService service, Batches batches) {
    this.reader = reader;
    this.service = service;
    this.batches = batches;
  }

  @Operation(operationId = "decideVmEntryBatch", summary = "Decide VM-entries, many at once",
      description = "Each request is decided as POST /v1/vm-entries would. One that cannot be answered becomes"
          + " a problem in its place, with pointers into this body, and the others are decided all the same;"
          + " only a fault of the body around them refuses them all.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = VmEntryBatchRequest.class))))
  @ApiResponse(responseCode = "200", description = "The results.", useReturnTypeSchema = true)
  @PostMapping(path = ApiPaths.VM_ENTRY_BATCH, consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  VmEntryBatchAnswer decide(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether answers list every check looked at, with what it saw.") @RequestParam(
              defaultValue = "false") boolean explain,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    Source source = Source.of(Via.BATCH);
    return new VmEntryBatchAnswer(
        batches.results(
            body,
            meter,
            request -> new VmEntryBatchResult(service.decide(reader.read(request), explain, source), null),
            problem -> new VmEntryBatchResult(null, problem)));
  }
}
