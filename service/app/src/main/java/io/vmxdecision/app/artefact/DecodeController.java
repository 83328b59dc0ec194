package io.vmxdecision.app.artefact;

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
import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What a number or a name can mean. */
@RestController
@Tag(name = "artefacts")
class DecodeController {
  private static final String VALUE = "^(0[xX][0-9a-fA-F]{1,16}|-?[0-9]{1,20}|[A-Za-z][A-Za-z0-9_]{1,99})$";
  private static final Pattern VALUES = Pattern.compile(VALUE);
  private static final String AS =
      "^(exitReason|qualification|svmExitCode|kvmExit|instructionError|interruptionInfo|idtVectoring|hypercallInput"
          + "|hypercallStatus|hypercallCode|vmcsField|msr|suberror|pinControls|primaryControls|secondaryControls"
          + "|exitControls|entryControls|ept-pointer|nestedFeatures|flushFlags)$";
  private static final String UNKNOWN = """
      {"type":"urn:vmx-decision:problem:not-found","title":"There is nothing here","status":404,
       "detail":"No table has that name."}""";
  private static final String WORD = "^(0[xX][0-9a-fA-F]{1,16}|-?[0-9]{1,18})$";

  @Operation(operationId = "decode", summary = "Decode a number or a name",
      description = "Every reading of a number or a name, likeliest first: VMX exit reason, SVM exit code, KVM_EXIT,"
          + " VM-instruction error, interruption information, hypercall input and status, VMCS field encoding, MSR,"
          + " suberror. `as` chooses one; with `as=exitReason`, `qualification` is decoded for that reason.")
  @ApiResponse(responseCode = "200", description = "The readings.", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "404", description = "No table has that name, or that number.",
      content = @Content(mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
          schema = @Schema(implementation = ProblemAnswer.class),
          examples = @ExampleObject(name = "unknown-name", value = UNKNOWN)))
  @GetMapping(path = "/v1/decode/{value}", produces = MediaType.APPLICATION_JSON_VALUE)
  DecodeAnswer decode(
      @Parameter(
          description = "Hexadecimal with 0x, decimal, negative (a word that was printed as signed), or a name.",
          example = "0x80000021",
          schema = @Schema(type = "string", pattern = VALUE)) @PathVariable String value,
      @Parameter(description = "What to read it as.", example = "exitReason",
          schema = @Schema(type = "string", pattern = AS)) @RequestParam(
              required = false) @Nullable String as,
      @Parameter(description = "With as=exitReason: the exit qualification.",
          schema = @Schema(type = "string",
              pattern = WORD)) @RequestParam(required = false) @Nullable String qualification,
      @Parameter(description = "With as=qualification: the exit reason that it belongs to.",
          schema = @Schema(type = "string", pattern = WORD)) @RequestParam(
              required = false) @Nullable String reason) {
    if (as != null && !Readings.kinds().contains(as)) {
      throw invalid("as is one of " + String.join(", ", Readings.kinds()) + ".");
    }
    if (qualification != null) {
      word(qualification, "The qualification");
    }
    if (reason != null) {
      word(reason, "The reason");
    }
    if (!VALUES.matcher(value).matches()) {
      throw invalid("The value is a word of up to 64 bits: 0x80000021, 49, -2147483615; or a name.");
    }
    boolean name = Character.isLetter(value.charAt(0));
    if (!name && Readings.parse(value) == null) {
      throw new RejectedRequestException(ProblemKind.NOT_FOUND, "No word of 64 bits has that number.");
    }
    List<Reading> readings = new ArrayList<>();
    List<String> undefined = new ArrayList<>();
    if (name) {
      readings.addAll(Readings.ofName(value));
      readings.removeIf(reading -> as != null && !reading.as().equals(as));
    } else if (as == null) {
      readings.addAll(Readings.of(word(value, "The value")));
    } else if (as.equals("qualification")) {
      if (reason == null) {
        undefined.add("A qualification is decoded for the exit reason that it belongs to: reason=48.");
      } else {
        qualification((int) word(reason, "The reason"), word(value, "The value"), readings, undefined);
      }
    } else {
      Reading reading = Readings.as(as, word(value, "The value"));
      if (reading != null) {
        readings.add(reading);
      }
      if (qualification != null && as.equals("exitReason")) {
        qualification(
            (int) word(value, "The value"), word(qualification, "The qualification"), readings, undefined);
      }
    }
    if (readings.isEmpty() && undefined.isEmpty()) {
      throw new RejectedRequestException(
          ProblemKind.NOT_FOUND, "No table has that " + (name ? "name." : "number."));
    }
    return new DecodeAnswer(value, readings.stream().map(ReadingPart::of).toList(), undefined);
  }

  private static void qualification(
      int reason, long word, List<Reading> readings, List<String> undefined) {
    Reading reading = Readings.qualification(reason, word);
    if (reading == null) {
      undefined.add(Readings.undefinedQualification(reason));
    } else {
      readings.add(reading);
    }
  }

  private static long word(String text, String what) {
    Long word = Readings.parse(text);
    if (word == null) {
      throw invalid(what + " is a word of up to 64 bits: 0x80000021, 49, -2147483615; or a name.");
    }
    return word;
  }

  private static RejectedRequestException invalid(String detail) {
    return new RejectedRequestException(ProblemKind.INVALID_REQUEST, detail);
  }
}
