package io.vmxdecision.app.exitreason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.wire.Word32;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "exit reasons")
class ExitReasonController {

  @Operation(operationId = "listExitReasons", summary = "List the basic exit reasons",
      description = "Every basic reason that is defined, and the synthetic one of Hyper-V.")
  @ApiResponse(responseCode = "200", description = "The reasons.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/exit-reasons", produces = MediaType.APPLICATION_JSON_VALUE)
  ExitReasonList list() {
    return ExitReasonList.all();
  }

  @Operation(operationId = "describeExitReason", summary = "Decode one exit reason",
      description = "What a raw 32-bit exit reason says, bit by bit, and what it can be at all.")
  @ApiResponse(responseCode = "200", description = "The reason, decoded.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/exit-reasons/{value}", produces = MediaType.APPLICATION_JSON_VALUE)
  ExitReasonDescription describe(
      @Parameter(description = "The raw value.", example = "0x10000031",
          schema = @Schema(implementation = Word32.class)) @PathVariable String value) {
    Word32 raw;
    try {
      raw = Word32.parse(value);
    } catch (IllegalArgumentException e) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST,
          "An exit reason is a 32-bit word in hexadecimal, such as 0x10000031.");
    }
    return ExitReasonDescription.of(raw.value());
  }
}
