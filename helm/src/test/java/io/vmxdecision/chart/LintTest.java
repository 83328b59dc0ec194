package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

class LintTest {

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void helmFindsNothingToWarnOf(String valueSet) throws IOException {
    LintResult result = Chart.lint(valueSet);
    assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
    assertThat(result.getMessages()).noneMatch(line -> line.contains("[WARNING]"));
  }

  @Test
  void helmFindsWhatIsWrong() throws IOException {
    Path copy = Chart.copy("spoiled");
    Path service = copy.resolve("templates/service.yaml");
    Files.writeString(service, Files.readString(service).replace("kind: Service", "kind Service"));
    LintResult result = new Helm(copy).lint().strict().call();
    assertThat(result.isFailed()).isTrue();
    assertThat(result.getMessages()).anyMatch(line -> line.contains("templates/service.yaml"));
  }
}
