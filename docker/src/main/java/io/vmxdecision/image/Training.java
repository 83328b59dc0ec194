package io.vmxdecision.image;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The training run of {@code docker/train.sh}: starts the service, sends it what most clients do, and ends it by
 * SIGTERM, so that the JVM writes what it has loaded.
 */
final class Training {
  private static final int PORT = 8080;
  private static final int MANAGEMENT_PORT = 8081;
  private static final int SIGTERM_STATUS = 128 + 15;
  private static final long START_SECONDS = 300;
  private static final long END_SECONDS = 600;

  private Training() {}

  /**
   * Trains.
   *
   * @param arguments the README, the folder of the recorded traffic, and the command that starts the service
   */
  static void main(String... arguments)
      throws IOException, InterruptedException, ExecutionException {
    List<String> command = Arrays.asList(arguments).subList(2, arguments.length);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("SERVER_ADDRESS", "127.0.0.1");
    builder.environment().put("SERVER_PORT", String.valueOf(PORT));
    builder.environment().put("MANAGEMENT_SERVER_PORT", String.valueOf(MANAGEMENT_PORT));
    builder.environment().put("LOGGING_STRUCTURED_FORMAT_CONSOLE", "ecs"); // as the image's
    // What happens by chance, or after a while, happens always or never.
    builder.environment().put("MANAGEMENT_TRACING_SAMPLING_PROBABILITY", "1.0");
    builder.environment().put("SERVER_TOMCAT_BACKGROUND_PROCESSOR_DELAY", "1h");
    Process service = builder.start();
    try {
      awaitReadiness(service);
      Traffic traffic =
          new Traffic(
              URI.create("http://127.0.0.1:" + PORT), URI.create("http://127.0.0.1:" + MANAGEMENT_PORT),
              Path.of(arguments[0]), Path.of(arguments[1]));
      traffic.askOnce(); // the start waits for every class in the cache
      service.destroy();
      if (!service.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the service did not end");
      }
    } finally {
      service.destroyForcibly();
    }
    if (service.exitValue() != SIGTERM_STATUS) {
      throw new IllegalStateException("the service ended with " + service.exitValue());
    }
  }

  private static void awaitReadiness(Process service) throws InterruptedException {
    long begin = System.nanoTime();
    String fault = HealthCheck.fault(MANAGEMENT_PORT);
    while (!fault.isEmpty()) {
      if (!service.isAlive()
          || System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(START_SECONDS)) {
        throw new IllegalStateException(fault);
      }
      Thread.sleep(100);
      fault = HealthCheck.fault(MANAGEMENT_PORT);
    }
  }
}
