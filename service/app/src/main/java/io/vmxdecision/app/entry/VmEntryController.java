package io.vmxdecision.app.entry;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "VM-entries")
class VmEntryController {
  private final VmEntryReader reader;
  private final VmEntryService service;

  VmEntryController(VmEntryReader reader, VmEntryService service) {
    this.reader = reader;
    this.service = service;
  }

  @Operation(operationId = "decideVmEntry", summary = "Decide a VM-entry",
      description = "Whether VMLAUNCH or VMRESUME starts L2, and if not, every check that does not hold, with"
          + " field, bit, value and section, and what L1 gets. Processors and kernels say one number.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = VmEntryRequest.class))))
  @ApiResponse(responseCode = "200", description = "The decision.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/vm-entries", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  VmEntryAnswer decide(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "Whether the answer lists every check looked at, with what it saw.") @RequestParam(
              defaultValue = "false") boolean explain) {
    return service.decide(
        reader.read(JsonPart.whole(body)), explain, Source.of(Via.VM_ENTRIES));
  }
}
