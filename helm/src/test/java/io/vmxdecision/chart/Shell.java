package io.vmxdecision.chart;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Runs what the chart gives to a shell. */
final class Shell {
  private Shell() {}

  /** Runs a script that calls curl; where there is none, what needs it is skipped. */
  static Output run(Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    if (start(Map.of(), "command -v curl").status() != 0) {
      System.err.println("[WARNING] SKIPPED, since there is no curl here");
      abort("there is no curl here");
    }
    return start(environment, script);
  }

  private static Output start(Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", script).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }

  record Output(int status, String text) {}
}
