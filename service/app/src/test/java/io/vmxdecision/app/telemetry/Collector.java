package io.vmxdecision.app.telemetry;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes spans by OTLP over HTTP, as an OpenTelemetry collector does. */
final class Collector implements AutoCloseable {
  private static final String TRACES = "/v1/traces";

  private final HttpServer server;
  private final BlockingQueue<byte[]> exports = new LinkedBlockingQueue<>();

  Collector() {
    try {
      this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        TRACES,
        exchange -> {
          exports.add(exchange.getRequestBody().readAllBytes());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + TRACES;
  }

  /** The next export, a protobuf message, with each byte as one character. */
  @Nullable
  String next(long seconds) {
    try {
      byte[] export = exports.poll(seconds, TimeUnit.SECONDS);
      return export == null ? null : new String(export, StandardCharsets.ISO_8859_1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
