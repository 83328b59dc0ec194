package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A program of another language's tools, found on the machine or not. */
final class Tool {
  private static final Path NODE_FOLDER = Path.of("target/node");
  private static final Path NODE_MODULES = NODE_FOLDER.resolve("node_modules");

  private final List<String> command;

  private Tool(String... command) {
    this.command = List.of(command);
  }

  /** Node.js; where there is none, what needs it is skipped. */
  static Tool node() throws IOException, InterruptedException {
    return need(
        "Node.js 20.19 or later", new Tool("node"), "-e",
        """
            const [major, minor] = process.versions.node.split(".").map(Number);
            process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
            """);
  }

  /** A program of the packages in package-lock.json, which are installed under {@code target}. */
  static Tool ofPackages(String script) throws IOException, InterruptedException {
    node();
    installPackages();
    return new Tool("node", NODE_MODULES.resolve(script).toAbsolutePath().toString());
  }

  /** Python with what the generated client needs; where there is none, what needs it is skipped. */
  static Tool python() throws IOException, InterruptedException {
    return need(
        "Python 3.10 or later with pydantic 2.11, urllib3 2, python-dateutil and typing-extensions",
        new Tool("python3"), "-c",
        """
            import sys, dateutil, pydantic, typing_extensions, urllib3
            def version(text): return tuple(map(int, text.split('.')[:2]))
            recent = version(pydantic.VERSION) >= (2, 11) and version(urllib3.__version__) >= (2, 0)
            sys.exit(0 if recent and sys.version_info >= (3, 10) else 1)
            """);
  }

  private static Tool need(String name, Tool tool, String... check)
      throws IOException, InterruptedException {
    try {
      if (tool.start(Map.of(), check).status() == 0) {
        return tool;
      }
    } catch (IOException e) {
      // The next line tells.
    }
    String message = "SKIPPED, since there is no " + name + " here";
    System.err.println("[WARNING] " + message);
    return abort(message);
  }

  private static void installPackages() throws IOException, InterruptedException {
    Path installed = NODE_MODULES.resolve(".installed");
    String wanted = Files.readString(Path.of("package-lock.json"));
    if (Files.exists(installed) && Files.readString(installed).equals(wanted)) {
      return;
    }
    Files.createDirectories(NODE_FOLDER);
    for (String file : List.of("package.json", "package-lock.json")) {
      Files.copy(Path.of(file), NODE_FOLDER.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    new Tool("npm").run("ci", "--no-audit", "--no-fund", "--prefix", NODE_FOLDER.toString());
    Files.writeString(installed, wanted);
  }

  /** Runs it to its end, which has to be a good one; all that it printed. */
  String run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  /** Runs it to its end, which has to be a good one, with more environment; all that it printed. */
  String run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Result result = start(environment, arguments);
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }

  private Result start(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("REDOCLY_TELEMETRY", "off");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private record Result(int status, String output) {}
}
