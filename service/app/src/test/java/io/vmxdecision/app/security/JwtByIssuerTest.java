package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.RSAKey;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A service that asks for tokens, and learns from their issuer which keys sign them. */
@RunningService
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class JwtByIssuerTest {
  private static final AtomicInteger DISCOVERIES = new AtomicInteger();
  private static final AtomicInteger FETCHES = new AtomicInteger();
  private static final HttpServer SERVER = start();
  private static final String ISSUER = "http://127.0.0.1:" + SERVER.getAddress().getPort() + "/realm";

  /** What the issuer answers with; while it is empty, with 503. */
  private static volatile String keys = "";

  /** The issuer answers when this is open. */
  private static volatile CountDownLatch answering = new CountDownLatch(0);

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
    answering.countDown();
    SERVER.stop(0);
  }

  /** In one test, since each step goes on from where the one before left off. */
  @Test
  void theServiceStartsWithoutItsIssuerAndFollowsItsKeysAndDoesNotAskAllTheTime() throws Exception {
    RSAKey first = Tokens.newKey("first");
    RSAKey second = Tokens.newKey("second");
    Answer early = rules(token(first));
    assertThat(early.problem(503).text("/type")).endsWith(":issuer-unavailable");
    assertThat(early.header("Retry-After")).isEqualTo("5");
    assertThat(early.body()).doesNotContain(ISSUER);
    service.get("/v1/rules").problem(401); // no token needs no key
    service.get("/actuator/health/readiness").ok();
    assertAskedRarely(DISCOVERIES, 1, () -> rules(token(first)).problem(503));

    keys = jwks(first);
    await(token(first));
    assertThat(rules(token(second)).status()).isIn(401, 503);
    rules(Tokens.good(first, Scopes.READ)).problem(401); // of another issuer, who happens to have the key
    assertAskedRarely(FETCHES, 2, () -> assertThat(rules(token(second)).status()).isIn(401, 503));

    answering = new CountDownLatch(1);
    int before = FETCHES.get();
    List<Thread> waiting = new ArrayList<>();
    while (FETCHES.get() == before) {
      waiting.add(Thread.ofVirtual().start(() -> rules(token(second))));
      Thread.sleep(100);
    }
    for (int i = 0; i < 20; i++) {
      rules(token(first)).ok(); // while the issuer hangs
    }
    assertThat(answering.getCount()).isEqualTo(1);
    keys = jwks(first, second);
    answering.countDown();
    for (Thread thread : waiting) {
      thread.join();
    }
    await(token(second));
    rules(token(first)).ok();
  }

  /** Does it 60 times; in each interval that it takes, the issuer is asked so often at most. */
  private static void assertAskedRarely(AtomicInteger asked, int most, Runnable request) {
    int before = asked.get();
    long start = System.nanoTime();
    for (int i = 0; i < 60; i++) {
      request.run();
    }
    long intervals = (System.nanoTime() - start) / IssuerKeys.INTERVAL.toNanos() + 2;
    assertThat(asked.get() - before).isLessThanOrEqualTo(Math.toIntExact(most * intervals)).isLessThan(60);
  }

  /** Until the issuer may be asked again. */
  private void await(String token) throws InterruptedException {
    while (rules(token).status() != 200) {
      Thread.sleep(100); // the limit of this test ends it
    }
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

  private static HttpServer start() {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", JwtByIssuerTest::answer);
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/realm/keys")) {
      FETCHES.incrementAndGet();
    } else if (path.equals("/realm/.well-known/openid-configuration")) {
      DISCOVERIES.incrementAndGet();
    }
    try {
      answering.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
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
    if (keys.isEmpty()) {
      exchange.sendResponseHeaders(503, -1);
    } else if (bytes.length == 0) {
      exchange.sendResponseHeaders(404, -1);
    } else {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }
}
