package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ServiceIT} runs the command of the notes. */
class NotesTest {

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      default        | curl -s http://localhost:8080/v1/decisions -H
      single         | port-forward service/replay-vmx-decision-service 8080:80
      load-balancer  | port-forward service/replay-vmx-decision-service 8080:8080
      tls            | curl -s --insecure https://localhost:8080/v1/decisions -H
      ingress        | curl -s https://vmx.example.org/v1/decisions -H
      gateway        | curl -s http://vmx.example.org/v1/decisions -H
      everything     | rollout status deployment/decisions
      jwt-issuer     | -H "Authorization: Bearer $TOKEN" -d '
      jwt-public-key | -H "Authorization: Bearer $TOKEN" -d '
      default        | Who can reach it can use it
      minimal        | the management port is open to the whole cluster
      """)
  void sayHowToAsk(String valueSet, String line) throws IOException {
    assertThat(Chart.notes(valueSet)).contains(line).doesNotContain("<no value>");
  }

  @Test
  void askWhatTheProjectsReadmeAsks() throws IOException {
    String request = Files.readString(Chart.FOLDER.resolve("files/request.json")).strip();
    assertThat(Files.readString(Path.of("../README.md"))).contains(request + "'");
  }
}
