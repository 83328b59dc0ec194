package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

class ManifestsTest {

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void haveTheTypesOfKubernetes(String valueSet) throws IOException {
    assertThat(KubernetesTypes.faults(Chart.render(valueSet))).isEmpty();
  }

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void followTheRulesOfKubernetes(String valueSet) throws IOException {
    assertThat(ManifestRules.faults(Chart.render(valueSet))).isEmpty();
  }

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void makeRestrictedPods(String valueSet) throws IOException {
    assertThat(RestrictedPods.faults(Chart.render(valueSet))).isEmpty();
  }

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void askForALogInJson(String valueSet) throws IOException {
    assertThat(Chart.render(valueSet).container().path("env").valueStream())
        .filteredOn(variable -> variable.path("name").asText().equals("LOGGING_STRUCTURED_FORMAT_CONSOLE"))
        .singleElement()
        .satisfies(variable -> assertThat(variable.path("value").asText()).isEqualTo("ecs"));
  }

  @Test
  void thereAreAtLeastTwelveValueSets() {
    assertThat(Chart.valueSets()).hasSizeGreaterThanOrEqualTo(12);
  }
}
