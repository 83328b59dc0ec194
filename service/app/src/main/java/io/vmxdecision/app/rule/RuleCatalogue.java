package io.vmxdecision.app.rule;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.EntryStage;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.profile.TlfsProfile;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.rules.Rules;
import io.vmxdecision.engine.scenario.ScenarioRule;
import io.vmxdecision.engine.tlfs.TlfsRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
        description = "The rules of the profile tlfs (T), in whose explanations they stand. Not those of scenarios.",
        requiredMode = RequiredMode.REQUIRED)) List<TlfsRulePart> tlfsRules,
    @ArraySchema(arraySchema = @Schema(
        description = "The checks of VM-entries, in the order of the SDM's sections.",
        requiredMode = RequiredMode.REQUIRED)) List<VmEntryCheckPart> vmEntryChecks,
    @ArraySchema(arraySchema = @Schema(
        description = "The rules of scenarios (T): what L0 keeps between events, and when it looks again. A decision"
            + " does not look at them, and they have no bits.",
        requiredMode = RequiredMode.REQUIRED)) List<ScenarioRulePart> scenarioRules) {

  private static final String AS_STATED = "as stated";

  /** One check of VM-entries. */
  @Schema(name = "VmEntryCheck", description = "A check of VM-entries: a statement that has to hold.")
  record VmEntryCheckPart(
      @Schema(description = "The id, the same in answers.", example = "N-C5",
          requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "Its family.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) EntryStage stage,
      @Schema(description = "The section of SDM vol. 3 that states it, or that nearest to it.",
          example = "27.2.1.1", requiredMode = RequiredMode.REQUIRED) String section,
      @Schema(description = "What has to hold.", requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "All that it reads: VMCS fields, capabilities, properties of the request.",
          requiredMode = RequiredMode.REQUIRED) List<String> reads,
      @Schema(
          description = "Where it is made. An entry with an eVMCS cannot violate what EVMCS is not among.",
          requiredMode = RequiredMode.REQUIRED) List<VmEntryCheckMade> made,
      @Schema(description = "Section of the SDM or the TLFS, kernel function.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {

    private static VmEntryCheckPart of(EntryCheck check) {
      List<VmEntryCheckMade> made = new ArrayList<>();
      if (check.isMadeWithEvmcs() && !check.isNeverWithEvmcs()) {
        made.add(VmEntryCheckMade.EVMCS);
      }
      if (check.isMadeWithOrdinaryVmcs()) {
        made.add(VmEntryCheckMade.ORDINARY_VMCS);
      }
      if (check.isMadeOnBareCpu()) {
        made.add(VmEntryCheckMade.BARE_CPU);
      }
      return new VmEntryCheckPart(
          check.id(),
          check.stage(),
          check.section().number(),
          check.statement(),
          check.reads().stream().map(EntryFact::label).toList(),
          made,
          check.references());
    }
  }

  /** Where a check is made. */
  @Schema(name = "VmEntryCheckMade", description = "EVMCS: under a kernel with an eVMCS. ORDINARY_VMCS: under"
      + " kvm-6.12 with an ordinary VMCS. BARE_CPU: under sdm; of the SDM's own N-S63 and N-S79 are not made.",
      enumAsRef = true)
  enum VmEntryCheckMade {
    EVMCS, ORDINARY_VMCS, BARE_CPU
  }

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

  /** One rule of the text. */
  @Schema(name = "TlfsRule", description = "What the TLFS demands, and where it leaves things open.")
  record TlfsRulePart(
      @Schema(description = "The id, the same in explanations.", example = "T7",
          requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "The bit that stands for the rule in the words of a decision log.", minimum = "0",
          maximum = "255", requiredMode = RequiredMode.REQUIRED) int bit,
      @Schema(description = "What it says; \"met\" in an explanation says whether it speaks.",
          requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "Sections of the TLFS.",
          requiredMode = RequiredMode.REQUIRED) List<String> references,
      @Schema(
          description = "In which profiles it holds, and how: \"as stated\", or what KVM does otherwise.",
          requiredMode = RequiredMode.REQUIRED) Map<String, String> profiles) {

    private static TlfsRulePart of(TlfsRule rule) {
      Map<String, String> profiles = new LinkedHashMap<>();
      for (BehaviourProfile profile : BehaviourProfile.all()) {
        boolean asStated = profile instanceof TlfsProfile || rule.kvm().isEmpty();
        profiles.put(profile.id(), asStated ? AS_STATED : rule.kvm());
      }
      return new TlfsRulePart(
          rule.name(), rule.number(), rule.text(), List.of(rule.reference()), profiles);
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
          profiles.put(profile.id(), departure == null ? AS_STATED : departure.title());
        }
      }
      Profile source = departure == null ? catalogue : DepartureRules.profiles(departure).getFirst();
      return new RulePart(
          rule.id(), rule.number(), rule.statement(), rule.consequence(), rule.references(source), profiles);
    }
  }

  static RuleCatalogue of(Profile profile) {
    List<RulePart> rules = Rules.all().stream().map(rule -> RulePart.of(profile, rule)).toList();
    List<TlfsRulePart> ofTheText = Stream.of(TlfsRule.values()).map(TlfsRulePart::of).toList();
    List<VmEntryCheckPart> checks =
        EntryChecks.bySection().stream().map(VmEntryCheckPart::of).toList();
    List<ScenarioRulePart> ofScenarios =
        Arrays.stream(ScenarioRule.values()).map(rule -> ScenarioRulePart.of(profile, rule)).toList();
    return new RuleCatalogue(
        profile.id(), profile.title(), profile.assumptions(), rules, ofTheText, checks, ofScenarios);
  }
}
