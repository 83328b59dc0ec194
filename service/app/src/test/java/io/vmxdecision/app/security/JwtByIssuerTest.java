package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.RSAKey;
import com.sun.net.httpserver.HttpServer;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A service that asks for tokens, and learns from their issuer which keys sign them. */
@RunningService
class JwtByIssuerTest {
  private static final int PORT = freePort();
  private static final String ISSUER = "http://127.0.0.1:" + PORT + "/realm";

  private static @Nullable HttpServer issuer;
  private static volatile String keys = "";

  private final ServiceClient service;

  JwtByIssuerTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @DynamicPropertySource
  static void issuer(DynamicPropertyRegistry properties) {
    properties.add("spring.security.oauth2.resourceserver.jwt.issuer-uri", () -> ISSUER);
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(issuer).stop(0);
  }

  /** In one test, since each step goes on from where the one before left off. */
  @Test
  void theServiceStartsWithoutItsIssuerAndFollowsItsKeys() throws IOException {
    RSAKey first = Tokens.newKey("first");
    RSAKey second = Tokens.newKey("second");
    Answer early = rules(token(first));
    assertThat(early.problem(503).text("/type")).endsWith(":issuer-unavailable");
    assertThat(early.header("Retry-After")).isEqualTo("5");
    assertThat(early.body()).doesNotContain(ISSUER);
    service.get("/v1/rules").problem(401); // no token needs no key
    service.get("/actuator/health/readiness").ok();

    keys = jwks(first);
    start();
    rules(token(first)).ok();
    rules(token(second)).problem(401);
    rules(Tokens.good(first, Scopes.READ)).problem(401); // of another issuer, who happens to have the key

    keys = jwks(first, second);
    rules(token(second)).ok();
    rules(token(first)).ok();
  }

  private Answer rules(String token) {
    return service.send(service.request("/v1/rules").header("Authorization", "Bearer " + token));
  }

  private static String token(RSAKey key) {
    return Tokens.signed(key, Tokens.claims(Scopes.READ).issuer(ISSUER));
  }

  private static String jwks(RSAKey... keys) {
    StringBuilder set = new StringBuilder();
    for (RSAKey key : keys) {
      set.append(set.isEmpty() ? "" : ",").append(key.toPublicJWK().toJSONString());
    }
    return "{\"keys\":[" + set + "]}";
  }

  private static void start() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), 0);
    server.createContext("/", exchange -> {
      String path = exchange.getRequestURI().getPath();
      String body =
          switch (path) {
            case "/realm/.well-known/openid-configuration" ->
              "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"" + ISSUER + "/keys\","
                  + "\"subject_types_supported\":[\"public\"]}";
            case "/realm/keys" -> keys;
            default -> "";
          };
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(bytes.length == 0 ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    server.start();
    issuer = server;
  }

  private static int freePort() {
    try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
