package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.PlainJWT;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A service that asks for tokens, with the key that signs them in a file. */
@RunningService
@TestPropertySource(properties = {
  "spring.security.oauth2.resourceserver.jwt.audiences=" + Tokens.AUDIENCE,
})
class JwtByKeyTest {
  private static final RSAKey KEY = Tokens.newKey("one");
  private static final String REQUEST = SampleRequest.flush().toString();

  @TempDir static Path folder;

  private final ServiceClient service;

  JwtByKeyTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @DynamicPropertySource
  static void key(DynamicPropertyRegistry properties) throws IOException {
    Path file = folder.resolve("key.pem");
    Files.writeString(file, Tokens.pem(KEY));
    properties.add(
        "spring.security.oauth2.resourceserver.jwt.public-key-location", () -> "file:" + file);
  }

  @Test
  void aGoodTokenIsAnswered() {
    decide(Tokens.good(KEY, Scopes.DECIDE)).ok();
    decide(Tokens.good(KEY, "openid " + Scopes.DECIDE + " profile")).ok();
    send("GET", "/v1/rules", Tokens.good(KEY, Scopes.READ)).ok();
    send("GET", "/v1/rules", Tokens.good(KEY, Scopes.DECIDE)).ok();
    assertThat(send("HEAD", "/v1/rules", Tokens.good(KEY, Scopes.READ)).status()).isEqualTo(200);
    String accessToken =
        Tokens.signed(
            new JWSHeader.Builder(JWSAlgorithm.RS256).type(new JOSEObjectType("at+jwt")).build(),
            Tokens.claims(Scopes.DECIDE),
            signer(KEY));
    decide(accessToken).ok();
  }

  @TestFactory
  Stream<DynamicTest> anyOtherTokenIsRefused() throws JOSEException {
    Date past = Date.from(Instant.now().minusSeconds(600));
    Date longPast = Date.from(Instant.now().minusSeconds(1200));
    Date future = Date.from(Instant.now().plusSeconds(600));
    String good = Tokens.good(KEY, Scopes.DECIDE);
    Map<String, String> tokens = new LinkedHashMap<>();
    tokens.put("garbage", "garbage");
    tokens.put("no token in Base64", "a.b.c");
    tokens.put("no signature", good.substring(0, good.lastIndexOf('.') + 1));
    tokens.put("another signature", good.substring(0, good.lastIndexOf('.') + 1) + "AAAA");
    tokens.put("another payload", swapped(good, Tokens.good(KEY, "openid")));
    tokens.put("algorithm none", new PlainJWT(Tokens.claims(Scopes.DECIDE).build()).serialize());
    // A verifier that goes by the token's word would take the public key for a secret that is shared.
    byte[] pem = Tokens.pem(KEY).getBytes(StandardCharsets.US_ASCII);
    for (byte[] secret : List.of(pem, KEY.toPublicKey().getEncoded())) {
      tokens.put("HS256, signed with the public key of " + secret.length + " bytes",
          Tokens.signed(new JWSHeader(JWSAlgorithm.HS256), Tokens.claims(Scopes.DECIDE),
              new MACSigner(secret)));
    }
    tokens.put("ES256", Tokens.signed(new JWSHeader(JWSAlgorithm.ES256), Tokens.claims(Scopes.DECIDE),
        new ECDSASigner(new ECKeyGenerator(Curve.P_256).generate())));
    tokens.put("RS512, which is not the algorithm asked for",
        Tokens.signed(new JWSHeader(JWSAlgorithm.RS512), Tokens.claims(Scopes.DECIDE), signer(KEY)));
    tokens.put("another key", Tokens.good(Tokens.newKey("one"), Scopes.DECIDE));
    RSAKey own = Tokens.newKey("own");
    tokens.put("a key that the token brings along",
        Tokens.signed(new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(own.toPublicJWK()).build(),
            Tokens.claims(Scopes.DECIDE), signer(own)));
    tokens.put("expired", Tokens.with(KEY, claims -> claims.issueTime(longPast).expirationTime(past)));
    tokens.put("never expires", Tokens.with(KEY, claims -> claims.expirationTime(null)));
    tokens.put("not valid yet", Tokens.with(KEY, claims -> claims.notBeforeTime(future)));
    tokens.put("for another audience", Tokens.with(KEY, claims -> claims.audience("other")));
    tokens.put("for no audience", Tokens.with(KEY, claims -> claims.audience((String) null)));
    tokens.put("an identity, no access token", Tokens.signed(
        new JWSHeader.Builder(JWSAlgorithm.RS256).type(new JOSEObjectType("logout+jwt")).build(),
        Tokens.claims(Scopes.DECIDE), signer(KEY)));
    return tokens.entrySet().stream()
        .map(token -> DynamicTest.dynamicTest(token.getKey(), () -> {
          Answer answer = decide(token.getValue()).problem(401);
          assertThat(answer.text("/type")).endsWith(":unauthorized");
          assertThat(answer.header("WWW-Authenticate"))
              .isEqualTo("Bearer realm=\"vmx-decision\", error=\"invalid_token\"");
          assertThat(answer.body()).doesNotContain(token.getValue());
        }));
  }

  @Test
  void whatIsWrongWithATokenIsToldOnceItsSignatureIsGood() {
    Date past = Date.from(Instant.now().minusSeconds(600));
    Date longPast = Date.from(Instant.now().minusSeconds(1200));
    assertThat(
        decide(Tokens.with(KEY, claims -> claims.issueTime(longPast).expirationTime(past))).text("/detail"))
        .contains("expired");
    assertThat(decide(Tokens.with(KEY, claims -> claims.audience("other"))).text("/detail"))
        .contains("aud");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/rules", "HEAD, /v1/rules", "POST, /v1/decisions", "POST, /v1/decisions/stream",
    "OPTIONS, /v1/decisions", "BREW, /v1/decisions", "GET, /v1/nothing", "GET, /nothing", "GET, /x",
    "GET, /error", "GET, /actuator", "GET, /actuator/env", "GET, /actuator/healthy",
    "GET, /.well-known/oauth-protected-resource", "GET, /login", "GET, /logout"
  })
  void withoutATokenNothingIsToldOfWhatIsThere(String method, String path) {
    Answer answer = send(method, path, null);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"vmx-decision\"");
    assertThat(answer.header("Set-Cookie")).isEmpty();
    assertThat(answer.header("Location")).isEmpty();
    if (!method.equals("HEAD")) {
      assertThat(answer.problem(401).json()).isEqualTo(example("unauthorized"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/decisions, vmx-decision:read, vmx-decision:decide",
    "POST, /v1/decisions, openid, vmx-decision:decide",
    "POST, /v1/decisions/stream, vmx-decision:read, vmx-decision:decide",
    "POST, /v1/evmcs/decode, vmx-decision:decide2, vmx-decision:decide",
    "POST, /v1/evmcs/decode, VMX-DECISION:DECIDE, vmx-decision:decide",
    "DELETE, /v1/rules, vmx-decision:read, vmx-decision:decide",
    "GET, /v1/rules, openid, vmx-decision:read"
  })
  void aTokenWithoutTheScopeDoesNotAllowIt(String method, String path, String scope, String needed) {
    Answer answer = send(method, path, Tokens.good(KEY, scope)).problem(403);
    assertThat(answer.header("WWW-Authenticate"))
        .isEqualTo("Bearer realm=\"vmx-decision\", error=\"insufficient_scope\", scope=\"" + needed + "\"");
    if (needed.equals(Scopes.DECIDE)) {
      assertThat(answer.json()).isEqualTo(example("forbidden"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness", "/actuator/prometheus",
    "/", "/v3/api-docs", "/v3/api-docs.yaml", "/swagger-ui.html", "/swagger-ui/index.html",
    "/explorer/app.js", "/webjars/lit-html/lit-html.js"
  })
  void probesMetricsAndTheContractNeedNone(String path) {
    send("GET", path, null).ok();
    send("GET", path, "garbage").ok();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/actuator/health/../../v1/rules", "/swagger-ui/../v1/rules", "/swagger-ui/%2e%2e/v1/rules",
    "/v1;/rules", "/v1/rules;jsessionid=1", "//v1/rules", "/v1//rules", "/swagger-ui/..;/v1/rules",
    "/v1/%72ules", "/v1/rules/.", "/swagger-ui.html/../v1/rules", "/V1/rules", "/explorer/../v1/rules",
    "/explorer/%2e%2e/v1/rules", "/webjars/lit-html/../../v1/rules"
  })
  void noSpellingOfAPathGetsAroundTheToken(String path) {
    Answer answer =
        service.sendRaw("GET " + path + " HTTP/1.1\nHost: localhost\nConnection: close\n\n");
    assertThat(answer.status()).isIn(400, 401, 404);
    assertThat(answer.problem(answer.status()).body()).doesNotContain("TLFS");
  }

  @Test
  void aTokenIsTakenFromItsHeaderAlone() {
    String token = Tokens.good(KEY, Scopes.DECIDE);
    service.get("/v1/rules?access_token=" + token).problem(401);
    service.send(
        service.request("/v1/decisions")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("access_token=" + token)))
        .problem(401);
    service.send(service.request("/v1/rules").header("Authorization", "Basic " + token)).problem(401);
  }

  @Test
  void twoTokensAreRefusedWhicheverIsGood() {
    String good = "Authorization: Bearer " + Tokens.good(KEY, Scopes.DECIDE) + "\n";
    for (String other : List.of(good, "Authorization: Bearer x\n", "authorization: Basic eDp5\n")) {
      for (String both : List.of(good + other, other + good)) {
        service.sendRaw("GET /v1/rules HTTP/1.1\nHost: localhost\nConnection: close\n" + both + "\n")
            .problem(400);
      }
    }
  }

  @Test
  void aTokenLongerThanHeadersMayBeIsRefused() {
    service.sendRaw("GET /v1/rules HTTP/1.1\nHost: localhost\nAuthorization: Bearer "
        + "x".repeat(20_000) + "\n\n").problem(400);
  }

  @Test
  void noRequestLeavesASessionBehind() {
    Answer answer = decide(Tokens.good(KEY, Scopes.DECIDE));
    assertThat(answer.header("Set-Cookie")).isEmpty();
    decide("").problem(401);
  }

  @Test
  void aStreamIsLetInByItsToken() {
    String token = Tokens.good(KEY, Scopes.DECIDE);
    Answer answer = service.send(
        service.request("/v1/decisions/stream")
            .header("Content-Type", "application/x-ndjson")
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString((REQUEST + "\n").repeat(3))));
    assertThat(answer.ok().body().lines()).hasSize(3)
        .allMatch(line -> line.contains("\"handledBy\":\"L0\""));
  }

  private Answer decide(String token) {
    return service.send(
        service.request(ServiceClient.DECISIONS)
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString(REQUEST)));
  }

  private Answer send(String method, String path, @org.jspecify.annotations.Nullable String token) {
    var request = service.request(path).method(method, BodyPublishers.noBody());
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return service.send(request);
  }

  private static RSASSASigner signer(RSAKey key) {
    try {
      return new RSASSASigner(key);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The head and signature of one token around the payload of another. */
  private static String swapped(String payload, String around) {
    String[] parts = around.split("\\.", -1);
    return parts[0] + "." + payload.split("\\.", -1)[1] + "." + parts[2];
  }

  private static JsonNode example(String name) {
    try (var in = JwtByKeyTest.class.getResourceAsStream("/problem-examples/" + name + ".json")) {
      return JsonMapper.shared().readTree(in).path("answer");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
