package io.vmxdecision.app.contract;

import io.vmxdecision.app.contract.NullRefusingParser.NullRefusedException;
import io.vmxdecision.app.problem.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Puts what the reader stopped at into a client's words; its own words name Java classes. */
final class BindingFaults {
  private BindingFaults() {}

  static Violation violation(JacksonException e) {
    return e instanceof NullRefusedException refused
        ? new Violation(refused.pointer(), SchemaViolations.NULL_DETAIL)
        : new Violation(pointer(e), detail(e));
  }

  private static String pointer(JacksonException e) {
    StringBuilder pointer = new StringBuilder();
    for (JacksonException.Reference step : e.getPath()) {
      String name = step.getPropertyName();
      pointer.append(name == null ? "/" + step.getIndex() : Violation.pointer(name));
    }
    return pointer.toString();
  }

  private static String detail(JacksonException e) {
    if (e instanceof UnrecognizedPropertyException) {
      return SchemaViolations.UNKNOWN_DETAIL;
    }
    if (e instanceof MismatchedInputException mismatch && isInteger(mismatch.getTargetType())) {
      return "expected an integer, without fraction and exponent"; // to a schema 1.0 is an integer
    }
    // The types of the wire say so of a text that they cannot take.
    return e.getCause() instanceof IllegalArgumentException cause
        ? String.valueOf(cause.getMessage())
        : "does not fit the contract";
  }

  private static boolean isInteger(@Nullable Class<?> type) {
    return type == Integer.class || type == Long.class;
  }
}
