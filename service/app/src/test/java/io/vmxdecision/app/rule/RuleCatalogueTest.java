package io.vmxdecision.app.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

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
            "S");
  }

  @Test
  void everyRuleSaysWhatItAsksWhatFollowsAndWhereItComesFrom() {
    assertThat(catalogue.json().path("rules").valueStream())
        .allSatisfy(
            rule -> {
              assertThat(rule.path("text").asString()).endsWith(".");
              assertThat(rule.path("consequence").asString()).isNotEmpty();
              assertThat(rule.path("references").path(0).asString())
                  .startsWith("Linux 6.12 arch/x86/kvm/");
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
