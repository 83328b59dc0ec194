package io.vmxdecision.engine.decision;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleSetTest {
  private final RuleSet set = new RuleSet();

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 32, 63, 64, 65, 127, 128, RuleSet.MAX_NUMBER})
  void aRuleIsInTheSetOnceItWasAddedAndNoOtherIs(int number) {
    set.add(() -> number);
    for (int other = 0; other <= RuleSet.MAX_NUMBER; other++) {
      int one = other;
      assertThat(set.contains(() -> one)).as("rule %d", other).isEqualTo(other == number);
    }
    set.clear();
    assertThat(set.contains(() -> number)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x1",
    "32, 0x100000000",
    "63, 0x8000000000000000",
    "64, 0x10000000000000000",
    "130, 0x400000000000000000000000000000000"
  })
  void itsTextIsTheNumberWithThatBit(int number, String text) {
    set.add(() -> number);
    assertThat(set).hasToString(text);
  }

  @Test
  void theEmptySetIsZeroAndEqualSetsAreEqual() {
    assertThat(set).hasToString("0x0").isEqualTo(new RuleSet());
    set.add(() -> 200);
    RuleSet other = new RuleSet();
    assertThat(set).isNotEqualTo(other);
    other.add(() -> 200);
    assertThat(set).isEqualTo(other).hasSameHashCodeAs(other);
  }
}
