package io.vmxdecision.app.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A client of a service on this machine. */
public record ServiceClient(int port) {
  /** Where decisions are made. */
  public static final String DECISIONS = "/v1/decisions";

  /** Where many are made at once. */
  public static final String BATCH = DECISIONS + "/batch";

  /** Where one is made from raw pages. */
  public static final String PAGES = DECISIONS + "/pages";

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  public Answer get(String path) {
    return send(request(path).GET());
  }

  public Answer decide(String body) {
    return post(DECISIONS, BodyPublishers.ofString(body));
  }

  public Answer explain(String body) {
    return post(DECISIONS + "?explain=true", BodyPublishers.ofString(body));
  }

  public Answer post(String path, BodyPublisher body) {
    return send(request(path).header("Content-Type", "application/json").POST(body));
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  public Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
      return new Answer(
          response.statusCode(),
          response.headers().map().entrySet().stream()
              .collect(Collectors.toMap(
                  header -> header.getKey().toLowerCase(Locale.ROOT),
                  header -> String.join(", ", header.getValue()))),
          response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sends what no HTTP client would, with each line ended by CRLF, and reads until the service closes
   * the connection.
   */
  public Answer sendRaw(String request) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket
          .getOutputStream()
          .write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Map<String, String> headers =
          answer.lines()
              .skip(1)
              .takeWhile(line -> !line.isEmpty())
              .map(line -> line.split(": ", 2))
              .collect(Collectors.toMap(
                  header -> header[0].toLowerCase(Locale.ROOT), header -> header[1], (a, b) -> a + ", " + b));
      // In one chunk, or in none.
      String json = answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
      int status = Integer.parseInt(answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3));
      return new Answer(status, headers, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
