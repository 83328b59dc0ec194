package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServiceUnderTest.class)
class PythonClientIT {

  @Test
  void theClientPassesItsTests(URI service) throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "SERVICE", service.toString(),
            "PYTHONPATH", System.getProperty("clients") + "/python",
            "PYTHONDONTWRITEBYTECODE", "1");
    String printed =
        Tool.python().run(environment, "-W", "error", "-m", "unittest", "discover", "-v", "-s",
            "src/test/python");
    System.out.print(printed);
    assertThat(printed).contains("\nOK").doesNotContain("Ran 0 tests");
  }
}
