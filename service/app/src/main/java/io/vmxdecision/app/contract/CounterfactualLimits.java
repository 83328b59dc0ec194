package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.engine.counterfactual.Limits;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How far a search for counterfactuals goes: properties {@code vmx-decision.counterfactuals.*}.
 *
 * @param candidates single changes that are looked at, 1..1,000
 * @param tries sets of changes that are tried, 1..10,000,000
 * @param sets sets in one answer, 1..1,000
 */
@ConfigurationProperties("vmx-decision.counterfactuals")
public record CounterfactualLimits(
    @DefaultValue("200") int candidates,
    @DefaultValue("100000") int tries,
    @DefaultValue("100") int sets) {
  private static final int MOST_CANDIDATES = 1000;
  private static final int MOST_TRIES = 10_000_000;
  private static final int MOST_SETS = 1000;

  /** Checks the limits themselves. */
  public CounterfactualLimits {
    require("candidates", candidates, MOST_CANDIDATES);
    require("tries", tries, MOST_TRIES);
    require("sets", sets, MOST_SETS);
  }

  private static void require(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "vmx-decision.counterfactuals." + name + " has to be 1 to " + most);
    }
  }

  /**
   * The limits of one search.
   *
   * @param max the parameter {@code max} of the request: the most sets that it wants, 1..1,000, or null
   * @throws RejectedRequestException when it is out of range
   */
  public Limits of(@Nullable Integer max) {
    if (max != null && (max < 1 || max > MOST_SETS)) {
      throw new RejectedRequestException(
          ProblemKind.INVALID_REQUEST, "The parameter max has to be 1 to " + MOST_SETS + ".");
    }
    return new Limits(candidates, tries, max == null ? sets : Math.min(max, sets));
  }
}
