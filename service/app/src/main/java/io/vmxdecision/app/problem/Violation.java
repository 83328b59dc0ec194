package io.vmxdecision.app.problem;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;

/** One fault of a request. */
@Schema(name = "Violation", description = "One fault of the request, and where it is.")
public record Violation(
    @Schema(description = "Where, as a JSON Pointer (RFC 6901) into the body; empty for the whole body.",
        example = "/snapshot/evmcs", requiredMode = RequiredMode.REQUIRED) String pointer,
    @Schema(description = "What is wrong there.", example = "a page has 4096 bytes",
        requiredMode = RequiredMode.REQUIRED) String detail) {

  /** The JSON Pointer (RFC 6901) to a property of an object that is a whole body. */
  public static String pointer(String property) {
    return "/" + property.replace("~", "~0").replace("/", "~1");
  }
}
