package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LintTest {
  private static final Path CONTRACT = Path.of("openapi.yaml");

  @Test
  void redoclyFindsNothingToWarnOf() throws IOException, InterruptedException {
    assertThat(lint(CONTRACT))
        .contains("Your API description is valid")
        .doesNotContainIgnoringCase("warnings");
  }

  @Test
  void redoclyFindsWhatIsWrong() throws IOException, InterruptedException {
    Tool.node();
    String spoiled =
        Files.readString(CONTRACT).replaceFirst("(?m)^( +)operationId: decide$", "$1deprecated: false");
    Path file = Files.writeString(Path.of("target/spoiled.yaml"), spoiled);
    assertThatThrownBy(() -> lint(file))
        .hasMessageContaining("operation-operationId")
        .hasMessageContaining("Validation failed");
  }

  private static String lint(Path file) throws IOException, InterruptedException {
    return Tool.ofPackages("@redocly/cli/bin/cli.js")
        .run("lint", "--config", "redocly.yaml", file.toString());
  }
}
