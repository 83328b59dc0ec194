package io.vmxdecision.app.rule;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class RuleCatalogueTest {
  private final Answer catalogue;

  RuleCatalogueTest(@LocalServerPort int port) {
    this.catalogue = new ServiceClient(port).get("/v1/rules").ok();
  }

  @Test
  void everyRuleIsListedInTheOrderInWhichItIsLookedAt() {
    assertThat(catalogue.texts("/rules", "id"))
        .containsExactly(
            "X", "E1", "E2", "E3", "E4", "E5", "F1", "F2", "F3", "F4", "F5", "R", "R-CR", "R-IO", "R-MSR",
            "H1", "H2", "H3",
            "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12", "M", "C1", "C2", "C3", "C4",
            "S", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9");
  }

  /** Decision logs that lie somewhere are read by these. */
  @Test
  void theBitOfARuleIsTheOneThatItEverHad() {
    Map<String, Integer> bits = new LinkedHashMap<>();
    catalogue.json().path("rules").forEach(
        rule -> bits.put(rule.path("id").asString(), rule.path("bit").asInt(-1)));
    assertThat(bits)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                entry("X", 0), entry("E1", 1), entry("E2", 2), entry("E3", 3), entry("E4", 4),
                entry("E5", 5), entry("F1", 6), entry("F2", 7), entry("F3", 8), entry("F4", 9),
                entry("F5", 10), entry("R", 11), entry("R-CR", 12), entry("R-IO", 13),
                entry("R-MSR", 14), entry("H1", 15), entry("H2", 16), entry("H3", 17),
                entry("H4", 18), entry("H5", 19), entry("H6", 20), entry("H7", 21),
                entry("H8", 22), entry("H9", 23), entry("H10", 24), entry("H11", 25),
                entry("H12", 26), entry("M", 27), entry("C1", 28), entry("C2", 29),
                entry("C3", 30), entry("C4", 31), entry("S", 32), entry("P1", 33), entry("P2", 34),
                entry("P3", 35), entry("P4", 36), entry("P5", 37), entry("P6", 38),
                entry("P7", 39), entry("P8", 40), entry("P9", 41)));
  }

  @Test
  void everyRuleSaysWhatItAsksWhatFollowsAndWhereItComesFrom() {
    assertThat(catalogue.json().path("rules").valueStream())
        .allSatisfy(
            rule -> {
              assertThat(rule.path("text").asString()).endsWith(".");
              assertThat(rule.path("consequence").asString()).isNotEmpty();
              assertThat(rule.path("references").path(0).asString())
                  .matches("Linux (6\\.1|6\\.12|7\\.3) arch/x86/kvm/.*");
              assertThat(rule.path("profiles").size()).isPositive();
            });
  }

  @Test
  void theRulesOfTheTextAreListedByThemselvesWithTheirBitsAndWhatKvmDoes() {
    assertThat(catalogue.texts("/tlfsRules", "id"))
        .containsExactly("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12");
    assertThat(catalogue.json().path("tlfsRules").valueStream())
        .extracting(rule -> rule.path("bit").asInt())
        .containsExactly(42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53);
    JsonNode third = catalogue.json().at("/tlfsRules/2");
    assertThat(third.at("/profiles/tlfs").asString()).isEqualTo("as stated");
    assertThat(third.at("/profiles/kvm-6.12").asString()).contains("bit 31");
    assertThat(catalogue.json().at("/tlfsRules/1/profiles/kvm-6.1").asString()).isEqualTo("as stated");
  }

  @Test
  void theTextIsTheLastProfileWithItsSourcesAndRules(@LocalServerPort int port) {
    JsonNode profiles = new ServiceClient(port).get("/v1/profiles").ok().json().path("profiles");
    assertThat(profiles.findValuesAsString("id"))
        .containsExactly("kvm-6.1", "kvm-6.12", "kvm-7.3", "tlfs");
    JsonNode text = profiles.path(3);
    assertThat(text.path("default").asBoolean()).isFalse();
    assertThat(text.path("rules").propertyNames()).hasSize(12);
    assertThat(text.path("sources").path(0).path("version").asString()).startsWith("77e0742a8029");
    assertThat(text.path("assumptions")).hasSize(6);
  }

  @Test
  void everyCheckOfVmEntriesIsListedWithWhatItReadsAndWhereItIsMade() {
    assertThat(catalogue.texts("/vmEntryChecks", "id"))
        .hasSameElementsAs(EntryChecks.all().stream().map(EntryCheck::id).toList())
        .doesNotHaveDuplicates();
    assertThat(catalogue.json().path("vmEntryChecks").valueStream())
        .allSatisfy(
            check -> {
              assertThat(check.path("text").asString()).endsWith(".");
              assertThat(check.path("reads")).isNotEmpty();
              assertThat(check.path("references")).isNotEmpty();
            });
    assertThat(made("N-C1")).isEqualTo("[\"EVMCS\",\"ORDINARY_VMCS\",\"BARE_CPU\"]");
    assertThat(made("N-C4")).isEqualTo("[\"ORDINARY_VMCS\",\"BARE_CPU\"]");
    assertThat(made("N-C49")).isEqualTo("[\"EVMCS\"]");
    assertThat(made("N-C54")).as("never").isEqualTo("[]");
    assertThat(made("N-S66")).isEqualTo("[\"BARE_CPU\"]");
  }

  private String made(String id) {
    return catalogue.json().path("vmEntryChecks").valueStream()
        .filter(check -> check.path("id").asString().equals(id)).findFirst().orElseThrow()
        .path("made").toString();
  }

  @Test
  void theRulesOfScenariosAreListed() {
    assertThat(catalogue.texts("/scenarioRules", "id"))
        .containsExactly("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10");
    assertThat(catalogue.json().path("scenarioRules").valueStream())
        .allSatisfy(
            rule -> {
              assertThat(rule.path("text").asString()).endsWith(".");
              assertThat(rule.path("references").path(0).asString()).startsWith("Linux 6.12 arch/x86/kvm/");
            });
  }

  @Test
  void theProfileIsNamedWithItsAssumptions() {
    assertThat(catalogue.text("/profile")).isEqualTo("kvm-6.12");
    assertThat(catalogue.text("/models")).contains("KVM 6.12");
    assertThat(catalogue.json().path("assumptions").valueStream().map(one -> one.asString()))
        .hasSizeGreaterThanOrEqualTo(7)
        .anySatisfy(assumption -> assertThat(assumption).contains("EPT and VPID"))
        .anySatisfy(assumption -> assertThat(assumption).contains("4,096 vCPUs"));
  }
}
