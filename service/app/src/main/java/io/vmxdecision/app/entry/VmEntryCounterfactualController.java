package io.vmxdecision.app.entry;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Encoding;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.server.overload.BodyMeter;
import jakarta.servlet.http.HttpServletRequest;
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
  private static final String OUTCOME =
      "The outcomes of which one is wanted, and which no part of a set gives. Left out: any. What L1 gets is"
          + " another in any case, such as error 8 in place of 7.";
  private static final String MAX =
      "The most sets in the answer. Never more than the service's own limit, by default 100.";

  private final VmEntryCounterfactualService service;

  VmEntryCounterfactualController(VmEntryCounterfactualService service) {
    this.service = service;
  }

  @Operation(operationId = "findVmEntryCounterfactuals",
      summary = "Find the smallest changes that change the outcome of a VM-entry",
      description = "The minimal sets of at most three changes with which L1 gets something else: another outcome,"
          + " VM-instruction error or exit reason. No part of a set does. Each change has its pointer into the"
          + " request.\n\n"
          + "Of an entry that fails: what makes the checks hold that fail. Of one that succeeds, or when outcome asks"
          + " for failures alone: also what makes checks fail, in their order, capabilities last.\n\n"
          + "What can change is what those checks compare: a bit of controls, control registers and the like; an"
          + " address to its page, the physical-address width, or the nearest canonical one, or out of them; a"
          + " number to the one that it is compared with; a capability or a circumstance that a check asks for. More"
          + " than three bits that are wrong in one word change together. What is not given stays so, and so do the"
          + " instruction and memory.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = VmEntryRequest.class))))
  @ApiResponse(responseCode = "200", description = "The sets.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/vm-entries/counterfactuals", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  VmEntryCounterfactualAnswer search(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = OUTCOME,
          array = @ArraySchema(schema = @Schema(ref = "#/components/schemas/EntryOutcome"))) @RequestParam(
              defaultValue = "") List<String> outcome,
      @Parameter(description = MAX,
          schema = @Schema(type = "integer", minimum = "1",
              maximum = "1000")) @RequestParam(required = false) @Nullable Integer max,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return service.search(body, outcome, max, meter);
  }

  @Operation(operationId = "findVmEntryCounterfactualsOfPages",
      summary = "Find the smallest changes that change the outcome of a VM-entry from raw pages",
      description = "As POST /v1/vm-entries/counterfactuals, with pages as a dump of guest memory gives them. Pointers"
          + " treat the form as an object of its parts: /request/snapshot/evmcsFields/..",
      requestBody = @RequestBody(required = true,
          content = @Content(mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
              schema = @Schema(implementation = VmEntryPagesForm.class),
              encoding = @Encoding(name = "request", contentType = MediaType.APPLICATION_JSON_VALUE))))
  @ApiResponse(responseCode = "200", description = "The sets.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/vm-entries/counterfactuals/pages", consumes = MediaType.MULTIPART_FORM_DATA_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  VmEntryCounterfactualAnswer searchPages(
      @Parameter(description = OUTCOME,
          array = @ArraySchema(schema = @Schema(ref = "#/components/schemas/EntryOutcome"))) @RequestParam(
              defaultValue = "") List<String> outcome,
      @Parameter(description = MAX,
          schema = @Schema(type = "integer", minimum = "1",
              maximum = "1000")) @RequestParam(required = false) @Nullable Integer max,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      HttpServletRequest body) {
    return service.searchForm(body, outcome, max, meter);
  }
}
