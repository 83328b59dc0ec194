package io.vmxdecision.app.decision;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.List;

/**
 * What an answer holds besides the decision.
 *
 * @param explain every rule looked at, with its evidence
 * @param evmcsPage the eVMCS page after the writes
 */
public record AnswerOptions(boolean explain, boolean evmcsPage) {
  /** The decision alone. */
  public static final AnswerOptions PLAIN = new AnswerOptions(false, false);

  /** The name by which {@code include} asks for the page. */
  public static final String EVMCS_PAGE = "evmcsPage";

  /**
   * Reads the options of a request.
   *
   * @throws RejectedRequestException when {@code include} names something else
   */
  public static AnswerOptions of(boolean explain, List<String> include) {
    for (String part : include) {
      if (!part.equals(EVMCS_PAGE)) {
        throw new RejectedRequestException(
            ProblemKind.INVALID_REQUEST, "The parameter include takes: " + EVMCS_PAGE + ".");
      }
    }
    return new AnswerOptions(explain, !include.isEmpty());
  }

  /** What {@code include} names to ask for this. */
  List<String> include() {
    return evmcsPage ? List.of(EVMCS_PAGE) : List.of();
  }
}
