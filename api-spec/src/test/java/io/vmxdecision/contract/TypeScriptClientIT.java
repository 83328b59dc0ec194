package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServiceUnderTest.class)
class TypeScriptClientIT {

  @Test
  void theClientCompilesStrictlyAndPassesItsTests(URI service)
      throws IOException, InterruptedException {
    Tool.ofPackages("typescript/bin/tsc").run("--project", "src/test/typescript");
    String printed =
        Tool.node()
            .run(
                Map.of("SERVICE", service.toString()),
                "--test", "target/typescript/src/test/typescript/client.test.js");
    System.out.print(printed);
    assertThat(printed).containsPattern("(?m)^# pass [1-9]").contains("\n# fail 0");
  }
}
