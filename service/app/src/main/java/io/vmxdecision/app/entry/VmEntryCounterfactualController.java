package io.vmxdecision.app.entry;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
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
@Tag(name = "VM-entries")
class VmEntryCounterfactualController {
  private final VmEntryCounterfactualService service;

  VmEntryCounterfactualController(VmEntryCounterfactualService service) {
    this.service = service;
  }

  @Operation(operationId = "findVmEntryCounterfactuals",
      summary = "Find the smallest changes that change the outcome of a VM-entry",
      description = "The minimal sets of at most three changes to what the failing checks read that change the"
          + " outcome. No part of a set does. Each change has its pointer into the request.\n\n"
          + "What can change: bits that have a name, or are set, of controls, control registers, RFLAGS, access"
          + " rights, the injected event, interruptibility and pending debug exceptions; RPL and TI of selectors;"
          + " other values to 0, to the nearest canonical address, or to their page within the physical-address"
          + " width; the activity state (0 to 3), limits (0x67, 0xffff, 0xfffff, 0xffffffff), the instruction length"
          + " (0, 1), the VPID (1), the link pointer (all ones), the EPT pointer (write-back, 4 levels), IA32_PAT (as"
          + " at reset), revision_id (1); capabilities that are relaxed, maxPhyAddr 52; circumstances. What is not"
          + " given stays so, and so do the instruction and memory.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = VmEntryRequest.class))))
  @ApiResponse(responseCode = "200", description = "The sets.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/vm-entries/counterfactuals", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  VmEntryCounterfactualAnswer search(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = "The outcomes of which one is wanted, and which no part of a set gives. Left out:"
              + " any other than it is.",
          array = @ArraySchema(schema = @Schema(ref = "#/components/schemas/EntryOutcome"))) @RequestParam(
              defaultValue = "") List<String> outcome,
      @Parameter(description = "The most sets in the answer. Never more than the service's own limit, by"
          + " default 100.",
          schema = @Schema(type = "integer", minimum = "1",
              maximum = "1000")) @RequestParam(required = false) @Nullable Integer max,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return service.search(body, outcome, max, meter);
  }
}
