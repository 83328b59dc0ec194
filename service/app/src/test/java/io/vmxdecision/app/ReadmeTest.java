package io.vmxdecision.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class ReadmeTest {
  private static final Path README = Path.of("../../README.md");

  /** The body of a curl command in one fenced block, and the JSON in the next. */
  private static final Pattern REQUEST_AND_ANSWER =
      Pattern.compile("curl[^`]*? -d '([^'`]*)'[^`]*```[^`]*```json\\n([^`]*)```");

  private static final Pattern DECISION_ID =
      Pattern.compile("(?<=\"decisionId\": ?)\"sha256:[0-9a-f]{64}\"");

  private final ServiceClient service;

  ReadmeTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @Test
  void theReadmeShowsTheAnswerThatItsCurlCommandGets() throws IOException, JSONException {
    assumeThat(README).exists();
    Matcher shown = REQUEST_AND_ANSWER.matcher(Files.readString(README));
    assertThat(shown.find()).as("a curl command and its answer").isTrue();
    JSONAssert.assertEquals(
        withoutDecisionId(shown.group(2)),
        withoutDecisionId(service.decide(shown.group(1)).ok().body()),
        JSONCompareMode.STRICT);
  }

  /** It changes with every change of the engine. */
  private static String withoutDecisionId(String answer) {
    Matcher id = DECISION_ID.matcher(answer);
    assertThat(id.find()).as("a decisionId in %s", answer).isTrue();
    return id.replaceFirst("\"\"");
  }
}
