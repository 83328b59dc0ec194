package io.vmxdecision.app.problem;

import static io.vmxdecision.app.support.ServiceClient.BATCH;
import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is wrong with one request of a batch stays with it; what is wrong with the body does not. */
@RunningService
class RefusedBatchesTest {
  private static final int MIB_8 = 8 << 20;

  private final ServiceClient service;

  RefusedBatchesTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @TestFactory
  Stream<DynamicTest> aFaultyRequestIsToldOfAsIfItCameAloneAndTheOthersAreDecided() {
    return FaultyRequest.all()
        .filter(request -> isJson(request.body()))
        .map(request -> DynamicTest.dynamicTest(request.name(), () -> assertAlone(request)));
  }

  private void assertAlone(FaultyRequest request) {
    JsonNode decision = service.decide(FaultyRequest.good()).ok().json();
    Answer alone =
        service.post(DECISIONS, BodyPublishers.ofByteArray(request.body())).problem(request.status());
    JsonNode results = batchWith(request.body()).ok().json().path("results");
    assertThat(results.valueStream().map(result -> result.path("decision")))
        .containsExactly(decision, JsonMapper.shared().missingNode(), decision);
    JsonNode problem = results.path(1).path("problem");
    for (String property : List.of("type", "title", "status", "detail")) {
      assertThat(problem.path(property)).isEqualTo(alone.json().path(property));
    }
    Answer placed = new Answer(request.status(), Map.of(), problem.toString());
    assertThat(placed.texts("/errors", "pointer"))
        .containsExactlyElementsOf(
            alone.texts("/errors", "pointer").stream().map(pointer -> "/requests/1" + pointer).toList());
    String place = "^line \\d+, column \\d+: "; // is not told of an item
    assertThat(placed.texts("/errors", "detail"))
        .containsExactlyElementsOf(
            alone.texts("/errors", "detail").stream().map(said -> said.replaceFirst(place, "")).toList());
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoJsonSpoilsTheWholeBody() {
    return FaultyRequest.all()
        .filter(request -> !isJson(request.body()))
        .map(
            request -> DynamicTest.dynamicTest(
                request.name(),
                () -> assertThat(batchWith(request.body()).problem(400).text("/type"))
                    .endsWith(":malformed-json")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {}                                      | /requests    | is required
      []                                      | ''           | expected object, found array
      null                                    | ''           | expected object, found null
      "requests"                              | ''           | expected object, found string
      {"requests":[]}                         | /requests    | at least 1 items
      {"requests":null}                       | /requests    | null is no value
      {"requests":{}}                         | /requests    | expected array, found object
      {"requests":[{}],"explain":true}        | /explain     | unknown property
      {"explain":{"a":[1]},"requests":[{}]}   | /explain     | unknown property
      {"Requests":[{}]}                       | /Requests /requests | is required
      {"a/b":1,"a~b":[2],"requests":7}        | /a~1b /a~0b /requests | expected array, found number
      {"requests":[{}],"requests":[{}]}       | /requests    | Duplicate
      {"requests":[{}]}{"requests":[{}]}      | ''           | after the JSON value
      {"requests":[{}]]                       | ''           | ']'
      {"requests":[{},]}                      | /requests/1  | Unexpected character
      {"requests":[{}                         | /requests/0  | end-of-input
      {"requests":[{"a":01}]}                 | /requests/0/a | Leading zeroes
      {"requests":[tru]}                      | /requests/0  | Unrecognized token
      """)
  void aFaultOfTheBodyRefusesAllOfIt(String body, String pointers, String said) {
    Answer answer = service.post(BATCH, BodyPublishers.ofString(body)).problem(400);
    assertThat(answer.texts("/errors", "pointer")).containsExactly(pointers.split(" "));
    assertThat(answer.texts("/errors", "detail"))
        .anySatisfy(detail -> assertThat(detail).contains(said));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "[", "{", "\"", "\u0000\u0000\u0000{"})
  void whatHoldsNoJsonAtAllIsRefused(String body) {
    assertThat(service.post(BATCH, BodyPublishers.ofString(body)).problem(400).text("/type"))
        .endsWith(":malformed-json");
  }

  @Test
  void aBatchHasAtMostAThousandRequests() {
    String requests = "{},".repeat(999) + "{}";
    JsonNode results =
        service.post(BATCH, BodyPublishers.ofString("{\"requests\":[" + requests + "]}")).ok().json()
            .path("results");
    assertThat(results.size()).isEqualTo(1000);
    assertThat(results.at("/999/problem/errors").findValuesAsString("pointer"))
        .containsExactlyInAnyOrder("/requests/999/snapshot", "/requests/999/exit");
    Answer answer =
        service.post(BATCH, BodyPublishers.ofString("{\"requests\":[" + requests + ",{}]}")).problem(400);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("/requests");
    assertThat(answer.text("/errors/0/detail")).isEqualTo("has to have at most 1000 items");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32BE"})
  void aBatchIsInUtf8(String charset) {
    byte[] body = "{\"requests\":[{}]}".getBytes(Charset.forName(charset));
    assertThat(
        service.post(BATCH, BodyPublishers.ofByteArray(body)).problem(400).text("/errors/0/detail"))
        .contains("Illegal character");
  }

  @Test
  void aFaultOfAnItemIsPlacedByItsPointerAndOneOfTheBodyByLineAndColumnToo() {
    String body =
        """
            {"requests": [
               {"snapshot": {},
                "exit": {"reason": "0x1", "reason": "0x1"}}, {"id":"ü"}, {"id": "a", "id": "b"}]}
            """;
    Answer answer = service.post(BATCH, BodyPublishers.ofString(body)).ok();
    assertThat(answer.text("/results/0/problem/errors/0/pointer")).isEqualTo("/requests/0/exit/reason");
    assertThat(answer.text("/results/0/problem/errors/0/detail")).startsWith("Duplicate Object property");
    assertThat(answer.text("/results/2/problem/errors/0/pointer")).isEqualTo("/requests/2/id");
    Answer broken = service.post(BATCH, BodyPublishers.ofString(body.replace("]}", "]]"))).problem(400);
    assertThat(broken.text("/errors/0/detail")).startsWith("line 3, column ");
  }

  @Test
  void aByteOrderMarkAndBlanksChangeNothing() {
    String good = FaultyRequest.good();
    String body = "\ufeff { \"requests\" : [ \n\t" + good + " , 5 , \"\u00fc\" ,\r\n" + good + " ] } ";
    JsonNode results = service.post(BATCH, BodyPublishers.ofString(body)).ok().json().path("results");
    JsonNode decision = service.decide(good).ok().json();
    assertThat(results.path(0).path("decision")).isEqualTo(decision);
    assertThat(results.at("/1/problem/errors/0/detail").asString())
        .isEqualTo("expected object, found number");
    assertThat(results.at("/2/problem/errors/0/detail").asString())
        .isEqualTo("expected object, found string");
    assertThat(results.path(3).path("decision")).isEqualTo(decision);
  }

  @Test
  void theWholeBodyCountsAgainstTheLimit() {
    byte[] body = new byte[MIB_8 + 1];
    Arrays.fill(body, (byte) ' ');
    service.post(BATCH, BodyPublishers.ofByteArray(body)).problem(413);
    service.post(BATCH, BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))).problem(413);
  }

  @Test
  void parametersAreThoseOfASingleDecision() {
    assertThat(
        service.post(BATCH + "?include=page", BodyPublishers.ofString("{\"requests\":[{}]}")).problem(400)
            .text("/detail"))
        .contains("include");
  }

  private Answer batchWith(byte[] request) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] before = ("{\"requests\":[" + FaultyRequest.good() + ",").getBytes(StandardCharsets.UTF_8);
    byte[] after = ("," + FaultyRequest.good() + "]}").getBytes(StandardCharsets.UTF_8);
    body.writeBytes(before);
    body.writeBytes(request);
    body.writeBytes(after);
    return service.post(BATCH, BodyPublishers.ofByteArray(body.toByteArray()));
  }

  private static boolean isJson(byte[] body) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return !JsonMapper.shared().readTree(text).isMissingNode();
    } catch (CharacterCodingException | JacksonException e) {
      return false;
    }
  }
}
