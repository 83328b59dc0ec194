package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class RulesDocumentTest {

  @Test
  void theDocumentIsThatOfTheRules() throws IOException {
    assertThat(RulesDocument.now())
        .as("rewrite it with ./mvnw -q -pl service/engine test -Dtest=RulesWriter")
        .isEqualTo(RulesDocument.text());
  }
}
