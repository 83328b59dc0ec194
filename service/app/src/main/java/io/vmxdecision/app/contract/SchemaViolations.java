package io.vmxdecision.app.contract;

import com.networknt.schema.Error;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.wire.MemoryBytes;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeType;

/** Puts what the schema validator found into a client's words. */
final class SchemaViolations {
  static final String NULL_DETAIL = "null is no value; leave the property out";
  static final String UNKNOWN_DETAIL = "unknown property";

  static final String REQUIRED_DETAIL = "is required";

  private SchemaViolations() {}

  static Violation violation(Error error) {
    String place = error.getInstanceLocation().toString();
    return switch (error.getKeyword()) {
      case "additionalProperties" ->
        new Violation(place + Violation.pointer(error.getProperty()), UNKNOWN_DETAIL);
      case "required" -> new Violation(place + Violation.pointer(error.getProperty()), REQUIRED_DETAIL);
      case "type" -> new Violation(place, typeDetail(error));
      case "pattern" -> new Violation(place, patternDetail(error));
      case "enum" -> new Violation(place, "has to be one of " + listOf(error.getSchemaNode()));
      case "minimum" -> new Violation(place, limitDetail(error, "has to be at least", ""));
      case "maximum" -> new Violation(place, limitDetail(error, "has to be at most", ""));
      case "minItems" -> new Violation(place, limitDetail(error, "has to have at least", " items"));
      case "maxItems" -> new Violation(place, limitDetail(error, "has to have at most", " items"));
      case "maxLength" ->
        new Violation(place, limitDetail(error, "has to have at most", " characters"));
      default -> new Violation(place, error.getMessage());
    };
  }

  private static String typeDetail(Error error) {
    boolean property = error.getInstanceLocation().getNameCount() > 0;
    return typeDetail(error.getSchemaNode().asString(), error.getInstanceNode().getNodeType(), property);
  }

  /** What is wrong with a value, of a property or the whole, of another type than expected. */
  static String typeDetail(String expected, JsonNodeType found, boolean property) {
    return found == JsonNodeType.NULL && property
        ? NULL_DETAIL
        : "expected " + expected + ", found " + found.name().toLowerCase(Locale.ROOT);
  }

  /** The types of the wire know better than their patterns what is wrong with a text. */
  private static String patternDetail(Error error) {
    String pattern = error.getSchemaNode().asString();
    String text = error.getInstanceNode().asString();
    try {
      switch (pattern) {
        case Word32.PATTERN -> Word32.parse(text);
        case Word64.PATTERN -> Word64.parse(text);
        case Page.PATTERN -> Page.parse(text);
        case MemoryBytes.PATTERN -> MemoryBytes.parse(text);
        default -> Word64.parse(text); // of a field of the eVMCS, which may be narrower
      }
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    return "more bits than the field has";
  }

  private static String limitDetail(Error error, String relation, String unit) {
    return relation + " " + error.getSchemaNode().asString() + unit;
  }

  private static String listOf(JsonNode values) {
    StringBuilder list = new StringBuilder();
    for (JsonNode value : values) {
      list.append(list.isEmpty() ? "" : ", ").append(value.asString());
    }
    return list.toString();
  }
}
