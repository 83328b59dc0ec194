package io.vmxdecision.app.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** VM-entries, many in one body. What is wrong with one of them is wrong with that one alone. */
@RunningService
class ManyVmEntriesTest {
  private static final String ONE = "/v1/vm-entries";
  private static final String BATCH = ONE + "/batch";
  private static final String GOOD =
      "{\"id\":\"%s\",\"snapshot\":{\"vmcsFields\":{}},\"entry\":{\"instruction\":\"VMLAUNCH\"}}";
  private static final String CONTRADICTORY =
      "{\"snapshot\":{\"evmcsFields\":{}},\"entry\":{\"instruction\":\"VMLAUNCH\"}}";

  private final int port;
  private final ServiceClient service;
  private final MeterRegistry meters;

  @Autowired
  ManyVmEntriesTest(@LocalServerPort int port, MeterRegistry meters) {
    this.port = port;
    this.service = new ServiceClient(port);
    this.meters = meters;
  }

  @ParameterizedTest
  @CsvSource({"entry, ''", "entry-vmcs, ?explain=true", "entry-sdm, ''"})
  void recordedEntriesAreDecidedInABatchAndInAStreamAsTheyAreAlone(String vectors, String query)
      throws IOException {
    List<String> requests =
        RecordedLines.of("/vectors/" + vectors + ".ndjson.gz").stream()
            .map(one -> one.path("request").toString())
            .limit(100)
            .toList();
    List<JsonNode> alone =
        requests.stream()
            .map(request -> service.post(ONE + query, BodyPublishers.ofString(request)).ok().json())
            .toList();
    assertThat(batch(query, requests).valueStream().map(result -> result.path("decision")))
        .isEqualTo(alone);
    try (StreamClient stream = stream(query)) {
      for (int i = 0; i < requests.size(); i++) {
        stream.send(requests.get(i) + "\n");
        assertThat(read(stream.readLine())).isEqualTo(alone.get(i)); // while the next is still to come
      }
      stream.end();
      assertThat(stream.readAll()).isEmpty();
    }
  }

  @Test
  void aBadRequestIsAProblemInItsPlaceAndTheOthersAreDecidedAndAllAreCounted() throws IOException {
    double decided = count("vmx.entries");
    double rejected = count("vmx.requests.rejected");
    String first = GOOD.formatted("first");
    String last = GOOD.formatted("last");
    JsonNode results = batch("", List.of(first, "{\"snapshot\":7}", CONTRADICTORY, last));
    assertThat(results).hasSize(4);
    assertThat(results.at("/0/decision/id").asString()).isEqualTo("first");
    assertThat(results.at("/1/problem/errors").findValuesAsString("pointer"))
        .contains("/requests/1/snapshot", "/requests/1/entry");
    assertThat(results.at("/2/problem/errors").findValuesAsString("pointer"))
        .containsExactly("/requests/2/snapshot");
    assertThat(results.at("/3/decision/id").asString()).isEqualTo("last");
    try (StreamClient stream = stream("")) {
      stream.send(first + "\n{\"snapshot\":7}\n\n  \r\nno json\n" + CONTRADICTORY + "\n" + last);
      stream.end();
      List<JsonNode> answers =
          new String(stream.readAll(), StandardCharsets.UTF_8).lines().map(ManyVmEntriesTest::read).toList();
      assertThat(answers).extracting(answer -> answer.path("id").asString() + answer.path("type").asString())
          .containsExactly(
              "first",
              "urn:vmx-decision:problem:invalid-request",
              "urn:vmx-decision:problem:malformed-json",
              "urn:vmx-decision:problem:undecidable",
              "last");
    }
    assertThat(count("vmx.entries")).isEqualTo(decided + 4);
    assertThat(count("vmx.requests.rejected")).isEqualTo(rejected + 5);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{} | /requests", "{\"requests\":[]} | /requests", "{\"requests\":[{}],\"explain\":true} | /explain"})
  void aFaultOfTheBodyRefusesAllOfIt(String body, String pointer) {
    assertThat(service.post(BATCH, BodyPublishers.ofString(body)).problem(400).texts("/errors", "pointer"))
        .containsExactly(pointer);
  }

  @Test
  void aBatchHasAtMostAThousandRequests() {
    String requests = "{},".repeat(1000) + "{}";
    assertThat(
        service.post(BATCH, BodyPublishers.ofString("{\"requests\":[" + requests + "]}")).problem(400)
            .text("/errors/0/detail"))
        .isEqualTo("has to have at most 1000 items");
  }

  private JsonNode batch(String query, List<String> requests) {
    String body = requests.stream().collect(Collectors.joining(",", "{\"requests\":[", "]}"));
    return service.post(BATCH + query, BodyPublishers.ofString(body)).ok().json().path("results");
  }

  private StreamClient stream(String query) throws IOException {
    return new StreamClient(port, ONE + "/stream" + query, "application/x-ndjson");
  }

  private static JsonNode read(String line) {
    return JsonMapper.shared().readTree(line);
  }

  private double count(String name) {
    return meters.get(name).counters().stream().mapToDouble(Counter::count).sum();
  }
}
