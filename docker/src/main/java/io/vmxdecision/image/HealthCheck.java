package io.vmxdecision.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * The image's HEALTHCHECK: asks the readiness of the service in the same container, and ends with 0 when it
 * is ready, else with 1. It speaks HTTP by hand, since a class less to load is a shorter check.
 */
final class HealthCheck {
  private static final int TIMEOUT_MILLIS = 4000;
  private static final String READY = "HTTP/1.1 200 ";

  private HealthCheck() {}

  static void main() {
    String fault = fault(port(System.getenv()));
    if (!fault.isEmpty()) {
      System.err.println(fault);
      System.exit(1);
    }
  }

  /** The management port, by the names that Spring Boot takes it by. */
  static int port(Map<String, String> environment) {
    return Integer.parseInt(
        environment.getOrDefault(
            "MANAGEMENT_SERVER_PORT", environment.getOrDefault("SERVER_PORT", "8080")));
  }

  /** What is wrong with the service at {@code port} of this machine; empty when it is ready. */
  static String fault(int port) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /actuator/health/readiness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer.startsWith(READY) ? "" : "not ready: " + firstLine(answer);
    } catch (IOException | UncheckedIOException e) {
      return "no answer from port " + port + ": " + e.getMessage();
    }
  }

  private static String firstLine(String answer) {
    return Arrays.stream(answer.split("\r\n", 2)).findFirst().orElse("");
  }
}
