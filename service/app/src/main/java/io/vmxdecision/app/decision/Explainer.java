package io.vmxdecision.app.decision;

import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.Rules;
import java.util.List;

/** Says of every rule that was looked at what it saw: the field, bit or value. */
final class Explainer {
  private Explainer() {}

  static List<ExplanationPart> explain(Profile profile, Question input, Decision decision) {
    Decided decided = new Decided(profile, input.snapshot(), input.exit(), decision);
    return Rules.all().stream()
        .filter(decision::looked)
        .map(rule -> part(rule, decided))
        .toList();
  }

  private static ExplanationPart part(Rule rule, Decided decided) {
    return new ExplanationPart(
        rule.id(),
        decided.decision().met(rule),
        rule.evidence().in(decided),
        String.join("; ", rule.references(decided.profile())));
  }
}
