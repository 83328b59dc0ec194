package io.vmxdecision.contract;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The executable jar in a process of its own, on a free port of this machine, shared by all tests. Tests
 * take its address as a parameter, such as {@code http://127.0.0.1:40000}.
 */
final class ServiceUnderTest implements ParameterResolver {
  private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == URI.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return URI.create("http://127.0.0.1:" + running(context).port);
  }

  private static Running running(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(Running.class, key -> Running.start(), Running.class);
  }

  /** Ended by JUnit, after the last test. */
  private record Running(Process process, int port) implements AutoCloseable {

    static Running start() {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      String jar = Objects.requireNonNull(System.getProperty("service.jar"));
      try {
        Process process =
            new ProcessBuilder(
                java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", jar,
                "--server.address=127.0.0.1", "--server.port=0",
                "--vmx-decision.overload.max-wait=10m")
                .redirectErrorStream(true)
                .start();
        BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder read = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
          read.append(line).append('\n');
          Matcher started = STARTED.matcher(line);
          if (started.find()) {
            Thread.ofVirtual().start(() -> log.lines().forEach(ignored -> {}));
            return new Running(process, Integer.parseInt(started.group(1)));
          }
        }
        throw new AssertionError("the service did not start:\n" + read);
      } catch (IOException e) {
        throw new AssertionError("the service could not be started", e);
      }
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }
}
