package io.vmxdecision.app.scenario;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;

/**
 * What a step holds besides what the event did.
 *
 * @param explain the rules that had a part, with what they saw
 * @param staleChanges of what is stale only what changed with the event
 */
record StepOptions(boolean explain, boolean staleChanges) {
  private static final String ALL = "all";
  private static final String CHANGES = "changes";

  /**
   * Reads the options of a request.
   *
   * @throws RejectedRequestException when {@code stale} is neither {@code all} nor {@code changes}
   */
  static StepOptions of(boolean explain, String stale) {
    if (!stale.equals(ALL) && !stale.equals(CHANGES)) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST, "The parameter stale takes: " + ALL + ", " + CHANGES + ".");
    }
    return new StepOptions(explain, stale.equals(CHANGES));
  }

  /** What of the stale data a step lists, as the contract names it. */
  @Schema(name = "StaleList", description = "Of what is stale all, or what changed with the event.",
      enumAsRef = true)
  enum StaleList {
    @JsonProperty(StepOptions.ALL)
    ALL, @JsonProperty(StepOptions.CHANGES)
    CHANGES
  }
}
