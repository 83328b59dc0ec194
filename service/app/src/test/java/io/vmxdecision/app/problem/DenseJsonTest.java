package io.vmxdecision.app.problem;

import static io.vmxdecision.app.support.ServiceClient.BATCH;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Bodies of a size that is allowed, which would become many times as large in memory. */
@RunningService
class DenseJsonTest {
  private static final int NAMES = 10_000;
  private static final int TOKENS = 497_424;

  private final ServiceClient service;

  DenseJsonTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/v1/decisions", "/v1/decisions/batch", "/v1/evmcs/encode", "/v1/evmcs/decode", "/v1/evmcs/check",
    "/v1/evmcs/diff"
  })
  void moreNamesThanAnybodyHasUseForAreRefused(String path) {
    assertTooManyNames(service.post(path, BodyPublishers.ofString(names(NAMES + 1))));
    assertThat(service.post(path, BodyPublishers.ofString(names(NAMES - 1))).problem(400).text("/type"))
        .endsWith(":invalid-request");
  }

  @Test
  void namesCountWhereverTheyAre() {
    String inFields = "{\"evmcsFields\":" + names(NAMES + 1) + "}";
    assertTooManyNames(service.post("/v1/evmcs/encode", BodyPublishers.ofString(inFields)));
    String inBatch = "{\"requests\":[{}," + names(NAMES / 2) + ",{\"a\":" + names(NAMES + 1) + "}]}";
    assertTooManyNames(service.post(BATCH, BodyPublishers.ofString(inBatch)));
  }

  @Test
  void theSameNamesCountOnce() {
    String requests = list(1000, i -> names(100));
    assertThat(
        service.post(BATCH, BodyPublishers.ofString("{\"requests\":" + requests + "}")).ok().json()
            .path("results"))
        .hasSize(1000);
  }

  private static void assertTooManyNames(Answer answer) {
    assertThat(answer.problem(413).text("/errors/0/detail"))
        .matches("line 1, column [0-9]+: more than 10000 different property names");
  }

  @Test
  void moreTokensThanTheLargestRequestHasAreRefused() {
    assertThat(service.decide(vcpus(TOKENS / 4)).problem(413).text("/errors/0/detail"))
        .matches("line 1, column [0-9]+: more than 497424 tokens");
    assertThat(service.decide(vcpus(TOKENS / 4 - 10)).problem(400).texts("/errors", "pointer"))
        .containsExactlyInAnyOrder("/exit", "/snapshot/vcpus");
  }

  @Test
  void tokensOfOneRequestAreNoneOfAnother() {
    String batch = "{\"requests\":[" + FaultyRequest.good() + "," + vcpus(TOKENS / 4) + "]}";
    JsonNode results = service.post(BATCH, BodyPublishers.ofString(batch)).ok().json().path("results");
    assertThat(results.path(0).path("decision").isObject()).isTrue();
    assertThat(results.at("/1/problem/status").intValue()).isEqualTo(413);
    assertThat(results.at("/1/problem/errors/0/pointer").stringValue()).isEqualTo("/requests/1");
  }

  @Test
  void theLargestSnapshotIsDecided() {
    String fifo = list(15, i -> "\"0xfffff7fffffff000\"");
    String vcpus = list(4096, i -> """
        {"vpIndex":%d,"l2":{"vmId":"0x1","vpId":"0x%x"},"pendingFlush":{"l1":%s,"l2":%s}}"""
        .formatted(i, i, fifo, fifo));
    String memory = list(1024, i -> "{\"gpa\":\"0x%x\",\"bytes\":\"AAAA\"}".formatted((i + 16L) << 12));
    String translations =
        list(4096, i -> "{\"l2Gpa\":\"0x%x\",\"l1Gpa\":\"0x1000\"}".formatted(i << 12));
    service.decide(
        SampleRequest.flush()
            .with("/snapshot/vcpus", vcpus)
            .with("/snapshot/memory", memory)
            .with("/snapshot/translations", translations)
            .toString())
        .ok();
  }

  private static String names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"p" + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** Four tokens for each. */
  private static String vcpus(int count) {
    return "{\"snapshot\":{\"vcpus\":" + list(count, i -> "{\"vpIndex\":1}") + "}}";
  }

  private static String list(int size, IntFunction<String> element) {
    return IntStream.range(0, size).mapToObj(element).collect(Collectors.joining(",", "[", "]"));
  }
}
