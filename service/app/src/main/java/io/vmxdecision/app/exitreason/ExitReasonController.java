package io.vmxdecision.app.exitreason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.wire.Word32;
import java.util.regex.Pattern;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "exit reasons")
class ExitReasonController {
  private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,99}");
  private static final String UNKNOWN_NAME =
      """
          {"type":"urn:vmx-decision:problem:not-found","title":"There is nothing here","status":404,
           "detail":"No exit reason has that name."}""";
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,18}");
  private static final String VALUE =
      "^(0[xX]0*[0-9a-fA-F]{1,8}|-?[0-9]{1,18}|[A-Z][A-Z0-9_]{0,99})$"; // Word32, DECIMAL, NAME
  private static final long MAX_U32 = 0xffff_ffffL;

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
  @ApiResponse(responseCode = "404", description = "No reason has that name, or that many bits.",
      content = @Content(mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
          schema = @Schema(implementation = ProblemAnswer.class),
          examples = @ExampleObject(name = "unknown-name", value = UNKNOWN_NAME)))
  @GetMapping(path = "/v1/exit-reasons/{value}", produces = MediaType.APPLICATION_JSON_VALUE)
  ExitReasonDescription describe(
      @Parameter(
          description = "The raw value: hexadecimal with 0x, or decimal, as a trace or a log has it, where a"
              + " negative one is the word printed as signed; or the name of a reason, as the list has it.",
          example = "0x10000031",
          schema = @Schema(type = "string", pattern = VALUE)) @PathVariable String value) {
    return ExitReasonDescription.of(parse(value));
  }

  private static int parse(String value) {
    for (ExitReasonAnswer named : ExitReasonList.all().exitReasons()) {
      if (value.equals(named.name())) {
        return named.raw().value();
      }
    }
    if (NAME.matcher(value).matches()) {
      throw new RejectedRequestException(ProblemKind.NOT_FOUND, "No exit reason has that name.");
    }
    try {
      return DECIMAL.matcher(value).matches() ? decimal(value) : Word32.parse(value).value();
    } catch (IllegalArgumentException e) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST,
          "An exit reason is a 32-bit word, in hexadecimal such as 0x10000031 or in decimal such as 49 or"
              + " -2147483615, or a name such as EPT_MISCONFIG.");
    }
  }

  private static int decimal(String value) {
    long number = Long.parseLong(value);
    if (number < Integer.MIN_VALUE || number > MAX_U32) {
      throw new RejectedRequestException(ProblemKind.NOT_FOUND, "No exit reason has more than 32 bits.");
    }
    return (int) number;
  }
}
