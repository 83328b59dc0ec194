package io.vmxdecision.app.evmcs;

import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.HttpEntity;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Where an operation takes a page as it is besides JSON, that is a method of its own, and to OpenAPI the
 * same operation with another type of body. Bodies are not {@code @RequestBody(required = false)}: for
 * an empty one Spring would not look at its type, and find both methods.
 */
@RestController
@Tag(name = "evmcs")
class EvmcsController {
  private static final String DECODE = "/v1/evmcs/decode";
  private static final String CHECK = "/v1/evmcs/check";
  private static final String JSON = MediaType.APPLICATION_JSON_VALUE;
  private static final String RAW = MediaType.APPLICATION_OCTET_STREAM_VALUE;

  private final EvmcsRequestReader reader;

  EvmcsController(EvmcsRequestReader reader) {
    this.reader = reader;
  }

  @Operation(operationId = "listEvmcsFields", summary = "List the fields of an eVMCS",
      description = "Every field of an enlightened VMCS, by offset: its names, place, VMCS encoding and clean"
          + " group, and what L0 does with it around a run of L2.")
  @ApiResponse(responseCode = "200", description = "The fields.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/evmcs/fields", produces = JSON)
  EvmcsFieldCatalogue fields() {
    return EvmcsToolbox.fields();
  }

  @Operation(operationId = "decodeEvmcs", summary = "Decode an eVMCS page",
      description = "Every field of the page by name, by offset. evmcsFields can be pasted into the snapshot"
          + " of a decision request. The page comes in base64, or as the body itself, exactly 4096 bytes.",
      requestBody = @RequestBody(required = true,
          content = {
            @Content(mediaType = JSON, schema = @Schema(implementation = EvmcsPage.class)),
            @Content(mediaType = RAW, schema = @Schema(type = "string", format = "binary"))}))
  @ApiResponse(responseCode = "200", description = "The fields.", useReturnTypeSchema = true)
  @PostMapping(path = DECODE, consumes = JSON, produces = JSON)
  EvmcsDecoding decode(
      HttpEntity<byte[]> body,
      @Parameter(description = "Whether fields that are 0 are left out.") @RequestParam(
          defaultValue = "false") boolean nonzero) {
    return EvmcsToolbox.decode(reader.page(body.getBody()), nonzero);
  }

  @Hidden
  @PostMapping(path = DECODE, consumes = RAW, produces = JSON)
  EvmcsDecoding decodeRaw(
      HttpEntity<byte[]> body,
      @RequestParam(defaultValue = "false") boolean nonzero) {
    return EvmcsToolbox.decode(new EvmcsPage(reader.rawPage(body.getBody())), nonzero);
  }

  @Operation(operationId = "encodeEvmcs", summary = "Make an eVMCS page of fields",
      description = "The fields laid over a page, or over a zero page. What decoding calls unmapped stays as"
          + " it is in the page given.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = EvmcsEncodeRequest.class))))
  @ApiResponse(responseCode = "200", description = "The page.", useReturnTypeSchema = true)
  @PostMapping(path = "/v1/evmcs/encode", consumes = JSON, produces = JSON)
  EvmcsPage encode(
      HttpEntity<byte[]> body) {
    return EvmcsToolbox.encode(reader.encodeRequest(body.getBody()));
  }

  @Operation(operationId = "diffEvmcs", summary = "Compare two eVMCS pages",
      description = "The fields that differ, and the clean-field groups that L1 must have cleared if it made"
          + " the changes.",
      requestBody = @RequestBody(required = true,
          content = @Content(schema = @Schema(implementation = EvmcsPair.class))))
  @ApiResponse(responseCode = "200", description = "The difference.", useReturnTypeSchema = true)
  @PostMapping(path = "/v1/evmcs/diff", consumes = JSON, produces = JSON)
  EvmcsDifferenceAnswer diff(
      HttpEntity<byte[]> body) {
    return EvmcsToolbox.diff(reader.pair(body.getBody()));
  }

  @Operation(operationId = "checkEvmcs", summary = "Check an eVMCS page",
      description = "What L0 would refuse at VM-entry (an ERROR): the revision, controls that an eVMCS does not"
          + " support; and what it takes though it looks wrong (a WARNING): secondary controls that are not"
          + " activated, an L2 TLB flush that is half configured, reserved bits, and, given an earlier page,"
          + " fields that changed while their clean bit stayed set. Every field is taken as loaded, as at"
          + " VMLAUNCH; host and guest state, and what IA32_VMX_* demand of the controls, are not looked at."
          + " The page comes in JSON, or alone as the body itself, exactly 4096 bytes.",
      requestBody = @RequestBody(required = true,
          content = {
            @Content(mediaType = JSON, schema = @Schema(implementation = EvmcsCheckRequest.class)),
            @Content(mediaType = RAW, schema = @Schema(type = "string", format = "binary"))}))
  @ApiResponse(responseCode = "200", description = "The findings, which may be none.",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "422", ref = "#/components/responses/UnprocessableContent")
  @PostMapping(path = CHECK, consumes = JSON, produces = JSON)
  EvmcsCheckAnswer check(
      HttpEntity<byte[]> body) {
    return EvmcsToolbox.check(reader.checkRequest(body.getBody()));
  }

  @Hidden
  @PostMapping(path = CHECK, consumes = RAW, produces = JSON)
  EvmcsCheckAnswer checkRaw(
      HttpEntity<byte[]> body) {
    return EvmcsToolbox.check(
        new EvmcsCheckRequest(null, reader.rawPage(body.getBody()), null, null, null, null));
  }
}
