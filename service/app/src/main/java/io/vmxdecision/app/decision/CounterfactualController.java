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
import io.vmxdecision.app.decision.CounterfactualAnswer.FlippedVerdict;
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
@Tag(name = "decisions")
class CounterfactualController {
  private static final String FLIPS =
      "The verdicts of which one has to flip, and of which no part of a set flips one. Left out: any of them.";
  private static final String MAX =
      "The most sets in the answer. Never more than the service's own limit, by default 100.";

  private final CounterfactualService service;

  CounterfactualController(CounterfactualService service) {
    this.service = service;
  }

  @Operation(operationId = "findCounterfactuals", summary = "Find the smallest changes that flip a decision",
      description = "The minimal sets of at most three changes to what the rules read that flip who handles the exit,"
          + " whether the L2 TLB flush is eligible, whether L1 gets the synthetic exit, or how the hypercall ends."
          + " No part of a set flips any of them. Each change has its pointer into the request.\n\n"
          + "What can change: the bits of pages, CPUID and bitmaps that the rules for this exit read; a page that is"
          + " given or not; TlbLockCount (0, 1); the call code (each flush call, and 0x8); rep count, rep start and"
          + " size of the variable header (0, 1, the number of banks); reserved bits; format and bank mask of a VP set;"
          + " CPL (0, 3), the mode, whether CPUID is enforced; the CR0 or CR4 bits of a MOV; memory and translations that"
          + " are missing. The exit itself, addresses and VmIds stay.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = DecisionRequest.class))))
  @ApiResponse(responseCode = "200", description = "The sets.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/decisions/counterfactuals", consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  CounterfactualAnswer search(
      @org.springframework.web.bind.annotation.RequestBody(required = false) byte @Nullable [] body,
      @Parameter(
          description = FLIPS,
          array = @ArraySchema(schema = @Schema(implementation = FlippedVerdict.class))) @RequestParam(
              defaultValue = "") List<String> flips,
      @Parameter(
          description = MAX,
          schema = @Schema(type = "integer", minimum = "1",
              maximum = "1000")) @RequestParam(required = false) @Nullable Integer max,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter) {
    return service.search(body, flips, max, meter);
  }

  @Operation(operationId = "findCounterfactualsOfPages",
      summary = "Find the smallest changes that flip a decision from raw pages",
      description = "As POST /v1/decisions/counterfactuals, with pages as a dump of guest memory gives them. Pointers"
          + " treat the form as an object of its parts: /request/snapshot/evmcsFields/.., and /evmcs for a page that"
          + " is taken away.",
      requestBody = @RequestBody(required = true,
          content = @Content(mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
              schema = @Schema(implementation = PagesForm.class),
              encoding = @Encoding(name = "request", contentType = MediaType.APPLICATION_JSON_VALUE))))
  @ApiResponse(responseCode = "200", description = "The sets.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = "/v1/decisions/counterfactuals/pages", consumes = MediaType.MULTIPART_FORM_DATA_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  CounterfactualAnswer searchPages(
      @Parameter(description = FLIPS,
          array = @ArraySchema(schema = @Schema(implementation = FlippedVerdict.class))) @RequestParam(
              defaultValue = "") List<String> flips,
      @Parameter(description = MAX,
          schema = @Schema(type = "integer", minimum = "1",
              maximum = "1000")) @RequestParam(required = false) @Nullable Integer max,
      @RequestAttribute(BodyMeter.ATTRIBUTE) BodyMeter meter,
      HttpServletRequest body) {
    return service.searchForm(body, flips, max, meter);
  }
}
