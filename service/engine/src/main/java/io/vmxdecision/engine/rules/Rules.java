package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rule catalogue: every rule. */
public final class Rules {
  private static final List<Rule> ALL =
      Stream.of(
          List.of(ExitReasonRules.X),
          EnlightenedVmcsRules.E,
          EligibilityRules.F,
          List.of(RoutingRules.R, CrAccessCondition.R_CR, IoCondition.R_IO, MsrCondition.R_MSR),
          FlushHypercallRules.H,
          List.of(TlbMutationRules.M),
          List.of(CompletionRules.C1, CompletionRules.C2, CompletionRules.C3, CompletionRules.C4),
          List.of(SynthesisRules.S),
          DepartureRules.P)
          .flatMap(List::stream)
          .toList();

  private Rules() {}

  /** All rules, in the order in which the engine looks at them; those of departures (P) last. */
  public static List<Rule> all() {
    return ALL;
  }
}
