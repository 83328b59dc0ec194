package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.RuleNumber;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.tlfs.TlfsRule;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RulesTest {
  private static final Pattern OFFSET = Pattern.compile("offset 0x([0-9a-f]+)");

  static List<Rule> all() {
    return Rules.all();
  }

  @Test
  void noTwoRulesHaveTheSameNumberOrTheSameId() {
    assertThat(numbered()).extracting(RuleNumber::number).doesNotHaveDuplicates();
    assertThat(Rules.all()).extracting(Rule::id).doesNotHaveDuplicates();
  }

  /** Decision logs hold these numbers: a line may be added here, and none changed. */
  @Test
  void theNumberOfARuleIsTheOneThatItEverHad() {
    assertThat(numbered().stream().map(rule -> rule.number() + " " + rule))
        .containsExactlyInAnyOrder(
            "0 X", "1 E1", "2 E2", "3 E3", "4 E4", "5 E5", "6 F1", "7 F2", "8 F3", "9 F4", "10 F5",
            "11 R", "12 R-CR", "13 R-IO", "14 R-MSR", "15 H1", "16 H2", "17 H3", "18 H4", "19 H5",
            "20 H6", "21 H7", "22 H8", "23 H9", "24 H10", "25 H11", "26 H12", "27 M", "28 C1",
            "29 C2", "30 C3", "31 C4", "32 S", "33 P1", "34 P2", "35 P3", "36 P4", "37 P5", "38 P6", "39 P7",
            "40 P8", "41 P9", "42 T1", "43 T2", "44 T3", "45 T4", "46 T5", "47 T6", "48 T7", "49 T8",
            "50 T9", "51 T10", "52 T11", "53 T12");
  }

  /** Those of the kernels and those of the text. */
  private static List<RuleNumber> numbered() {
    return Stream.<RuleNumber>concat(Rules.all().stream(), Stream.of(TlfsRule.values())).toList();
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRuleSaysWhatItReadsEachInputOnce(Rule rule) {
    assertThat(rule.reads()).isNotEmpty().doesNotHaveDuplicates();
    assertThat(rule.reads()).extracting(Input::text).doesNotHaveDuplicates().doesNotContain("");
  }

  /** A sentence names no field by an offset that the rule does not read. */
  @ParameterizedTest
  @MethodSource("all")
  void anOffsetInASentenceIsThatOfAFieldThatTheRuleReads(Rule rule) {
    Matcher named = OFFSET.matcher(rule.statement());
    while (named.find()) {
      int offset = Integer.parseInt(named.group(1), 16);
      assertThat(rule.reads())
          .anySatisfy(
              input -> assertThat(input)
                  .isInstanceOfSatisfying(
                      Input.Field.class,
                      field -> assertThat(field.field().offset()).isEqualTo(offset)));
    }
  }

  @Test
  void theRuleOfAllRowsReadsWhatTheRowsWithoutARuleOfTheirOwnRead() {
    assertThat(RoutingRules.R.reads())
        .contains(Input.of(EvmcsField.EXCEPTION_BITMAP), Input.of(VpAssistField.ENLIGHTEN_VMENTRY))
        .doesNotContain(Input.of(EvmcsField.MSR_BITMAP), Input.of(EvmcsField.CR0_READ_SHADOW));
  }

  @Test
  void theConditionsOfTheFlushAndOfTheEnlightenedVmcsAreListedOnce() {
    assertThat(EligibilityRules.F).extracting(Rule::id).containsExactly("F1", "F2", "F3", "F4", "F5");
    assertThat(EnlightenedVmcsRules.E).extracting(Rule::id).containsExactly("E1", "E2", "E3", "E4", "E5");
    assertThat(Stream.concat(EligibilityRules.F.stream(), EnlightenedVmcsRules.E.stream()))
        .allMatch(Rules.all()::contains);
  }
}
