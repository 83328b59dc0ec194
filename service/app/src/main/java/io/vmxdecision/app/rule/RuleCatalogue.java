package io.vmxdecision.app.rule;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.rules.Rules;
import io.vmxdecision.engine.scenario.ScenarioRule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rule catalogue as it stands in JSON. */
@Schema(name = "RuleCatalogue", description = "The rules of a profile, and what it takes for granted.")
record RuleCatalogue(
    @Schema(description = "The profile.", example = "kvm-6.12",
        requiredMode = RequiredMode.REQUIRED) String profile,
    @Schema(description = "Which L0 it models.", requiredMode = RequiredMode.REQUIRED) String models,
    @Schema(description = "What it takes for granted.",
        requiredMode = RequiredMode.REQUIRED) List<String> assumptions,
    @ArraySchema(arraySchema = @Schema(description = "The rules, in the order in which they are looked at.",
        requiredMode = RequiredMode.REQUIRED)) List<RulePart> rules,
    @ArraySchema(arraySchema = @Schema(
        description = "The rules of scenarios (T): what L0 keeps between events, and when it looks again. A decision"
            + " does not look at them, and they have no bits.",
        requiredMode = RequiredMode.REQUIRED)) List<ScenarioRulePart> scenarioRules) {

  /** One rule T. */
  @Schema(name = "ScenarioRule", description = "A rule of scenarios.")
  record ScenarioRulePart(
      @Schema(description = "The id, the same in explanations.", example = "T4",
          requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "What it says.", requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "Kernel functions, sections of the TLFS and the SDM.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {

    private static ScenarioRulePart of(Profile profile, ScenarioRule rule) {
      return new ScenarioRulePart(rule.id(), rule.sentence(), rule.references(profile));
    }
  }

  /** One rule. */
  @Schema(name = "Rule", description = "A rule: a statement that holds or not, and what follows if so.")
  record RulePart(
      @Schema(description = "The id, the same in explanations.", example = "C4",
          requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "The bit that stands for the rule in the words of a decision log; the same as"
          + " long as there is the rule.", minimum = "0", maximum = "63",
          requiredMode = RequiredMode.REQUIRED) int bit,
      @Schema(description = "The statement; \"met\" in an explanation says whether it holds.",
          requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "What follows.", requiredMode = RequiredMode.REQUIRED) String consequence,
      @Schema(description = "Kernel functions, sections of the TLFS and the SDM.",
          requiredMode = RequiredMode.REQUIRED) List<String> references,
      @Schema(
          description = "In which profiles it holds, and how: \"as stated\", or what the L0 does otherwise"
              + " than kvm-6.12.",
          requiredMode = RequiredMode.REQUIRED) Map<String, String> profiles) {

    private static RulePart of(Profile catalogue, Rule rule) {
      Departure departure = DepartureRules.departure(rule);
      Map<String, String> profiles = new LinkedHashMap<>();
      for (Profile profile : Profile.all()) {
        if (DepartureRules.isRuleOf(rule, profile)) {
          profiles.put(profile.id(), departure == null ? "as stated" : departure.title());
        }
      }
      Profile source = departure == null ? catalogue : DepartureRules.profiles(departure).getFirst();
      return new RulePart(
          rule.id(), rule.number(), rule.statement(), rule.consequence(), rule.references(source), profiles);
    }
  }

  static RuleCatalogue of(Profile profile) {
    List<RulePart> rules = Rules.all().stream().map(rule -> RulePart.of(profile, rule)).toList();
    List<ScenarioRulePart> ofScenarios =
        Arrays.stream(ScenarioRule.values()).map(rule -> ScenarioRulePart.of(profile, rule)).toList();
    return new RuleCatalogue(profile.id(), profile.title(), profile.assumptions(), rules, ofScenarios);
  }
}
