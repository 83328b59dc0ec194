package io.vmxdecision.app.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;

/** A problem as it stands in JSON. */
@Schema(name = "Problem", description = "A problem (RFC 9457).")
public record ProblemAnswer(
    @Schema(description = "The kind of problem, a URI.", example = "urn:vmx-decision:problem:invalid-request",
        requiredMode = RequiredMode.REQUIRED) String type,
    @Schema(description = "The kind of problem in words.", example = "The request does not fit the contract",
        requiredMode = RequiredMode.REQUIRED) String title,
    @Schema(description = "The HTTP status.", example = "400",
        requiredMode = RequiredMode.REQUIRED) int status,
    @Schema(description = "This problem in words.", example = "1 fault in the request",
        requiredMode = RequiredMode.REQUIRED) String detail,
    @ArraySchema(arraySchema = @Schema(
        description = "Every fault of the request at once.")) @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Violation> errors) {

  /** The problem that a request was rejected for. */
  public static ProblemAnswer of(RejectedRequestException e) {
    return of(e.kind(), String.valueOf(e.getMessage()), e.violations());
  }

  /** A problem of that kind. */
  public static ProblemAnswer of(ProblemKind kind, String detail, List<Violation> errors) {
    return new ProblemAnswer(kind.type(), kind.title(), kind.status().value(), detail, errors);
  }
}
