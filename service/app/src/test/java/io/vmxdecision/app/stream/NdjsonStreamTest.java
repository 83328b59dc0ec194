package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RunningService
class NdjsonStreamTest {
  private static final String GOOD = SampleRequest.flush().toString();

  private final int port;

  NdjsonStreamTest(@LocalServerPort int port) {
    this.port = port;
  }

  @Test
  void recordedCasesAreAnsweredInOrderALineEach() throws IOException, JSONException {
    List<JsonNode> cases = RecordedLines.of("/vectors/ineligible.ndjson.gz");
    try (StreamClient stream = open("")) {
      for (JsonNode one : cases) {
        stream.send(one.path("request") + "\n");
      }
      stream.end();
      for (JsonNode one : cases) {
        JSONAssert.assertEquals(
            one.path("id").asString(), one.path("expect").toString(), stream.readLine(),
            JSONCompareMode.STRICT_ORDER);
      }
      assertThat(stream.readAll()).isEmpty();
    }
  }

  @Test
  void anAnswerComesWhileTheRequestIsStillBeingSent() throws IOException {
    try (StreamClient stream = open("")) {
      for (int i = 0; i < 3; i++) {
        stream.send(withId("line-" + i) + "\n");
        assertThat(id(stream.readLine())).isEqualTo("line-" + i);
      }
      stream.send(GOOD.substring(0, 40));
      stream.send(GOOD.substring(40) + "\r\n");
      assertThat(stream.readLine()).contains("\"handledBy\":\"L0\"");
      stream.end();
      assertThat(stream.readAll()).isEmpty();
    }
  }

  @Test
  void aBadLineBecomesAProblemOnItsLineAndTheOthersGoOn() throws IOException {
    try (StreamClient stream = open("")) {
      stream.send(withId("first") + "\n{\"snapshot\":7}\n\n  \r\nno json\n{\"snapshot\":{},"
          + "\"exit\":{\"reason\":\"0xc\"}}\n" + withId("last"));
      stream.end();
      List<String> answers = new String(stream.readAll(), StandardCharsets.UTF_8).lines().toList();
      assertThat(answers).hasSize(5);
      assertThat(id(answers.get(0))).isEqualTo("first");
      assertThat(pointers(answers.get(1))).contains("/snapshot", "/exit");
      assertThat(type(answers.get(2))).isEqualTo("urn:vmx-decision:problem:malformed-json");
      assertThat(type(answers.get(3))).isEqualTo("urn:vmx-decision:problem:undecidable");
      assertThat(id(answers.get(4))).isEqualTo("last");
    }
  }

  @Test
  void aLinePastTheLimitIsRefusedAndPassedOver() throws IOException {
    byte[] megabyte = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    try (StreamClient stream = open("")) {
      for (int i = 0; i < 20; i++) {
        stream.send(megabyte);
      }
      stream.send("\n" + withId("after") + "\n");
      stream.end();
      assertThat(type(stream.readLine())).isEqualTo("urn:vmx-decision:problem:payload-too-large");
      assertThat(id(stream.readLine())).isEqualTo("after");
      assertThat(stream.readAll()).isEmpty();
    }
  }

  @Test
  void linesCanBeExplained() throws IOException {
    try (StreamClient stream = open("?explain=true")) {
      stream.send(GOOD + "\n");
      stream.end();
      assertThat(JsonMapper.shared().readTree(stream.readLine()).path("explanation")).isNotEmpty();
    }
  }

  private StreamClient open(String query) throws IOException {
    return new StreamClient(port, "/v1/decisions/stream" + query, "application/x-ndjson");
  }

  private static String withId(String id) {
    return SampleRequest.flush().with("/id", "\"" + id + "\"").toString();
  }

  private static String id(String answer) {
    return JsonMapper.shared().readTree(answer).path("id").asString();
  }

  private static String type(String answer) {
    return JsonMapper.shared().readTree(answer).path("type").asString();
  }

  private static List<String> pointers(String answer) {
    return JsonMapper.shared()
        .readTree(answer)
        .path("errors")
        .valueStream()
        .map(error -> error.path("pointer").asString())
        .toList();
  }
}
