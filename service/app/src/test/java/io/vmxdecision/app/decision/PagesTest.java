package io.vmxdecision.app.decision;

import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static io.vmxdecision.app.support.ServiceClient.PAGES;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class PagesTest {
  private static final List<String> NAMES = List.of("evmcs", "vpAssistPage", "partitionAssistPage");

  private final ServiceClient service;

  PagesTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvSource({
    "/vectors/l2-flush.ndjson.gz, '', 1000",
    "/vectors/ineligible.ndjson.gz, ?explain=true, 200",
    "/vectors/l1-flush.ndjson.gz, ?include=evmcsPage, 200",
    "/vectors/routing.ndjson.gz, ?explain=true&include=evmcsPage, 600",
    "/captures/real-run.ndjson, ?explain=true, 3"
  })
  void pagesSentRawAreDecidedAsPagesInBase64(String resource, String parameters, int count) {
    int raw = 0;
    for (JsonNode one : RecordedLines.of(resource)) {
      JsonNode request = one.path("request");
      Answer alone =
          service.post(DECISIONS + parameters, BodyPublishers.ofString(request.toString())).ok();
      ObjectNode snapshot = (ObjectNode) request.path("snapshot");
      Form form = new Form();
      for (String name : NAMES) {
        JsonNode page = snapshot.remove(name);
        if (page != null) {
          form.file(name, Base64.getDecoder().decode(page.asString()));
          raw++;
        }
      }
      form.text("request", request.toString());
      assertThat(form.sendTo(service, PAGES + parameters).ok().body()).isEqualTo(alone.body());
    }
    assertThat(raw).isGreaterThanOrEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stage105_evmcs", "stage200_evmcs", "stage201_evmcs", "stage202_evmcs"})
  void aPageOfARealGuestIsTakenAsItWasDumped(String capture) throws IOException {
    byte[] page = resource("/captures/" + capture + ".bin");
    SampleRequest request =
        SampleRequest.flush().without("/snapshot/evmcsFields").with("/exit/reason", "\"0xa\"");
    String inBase64 = "\"" + Base64.getEncoder().encodeToString(page) + "\"";
    Answer alone = service.explain(request.with("/snapshot/evmcs", inBase64).toString()).ok();
    Form form = new Form().text("request", request.toString()).file("evmcs", page);
    assertThat(form.sendTo(service, PAGES + "?explain=true").ok().body()).isEqualTo(alone.body());
    assertThat(alone.text("/exitToL1/reason")).isEqualTo("0xa");
  }

  @Test
  void fieldsAreLaidOverThePartsOfTheForm() {
    SampleRequest request = SampleRequest.flush();
    byte[] ones = new byte[4096];
    Arrays.fill(ones, (byte) 0xff);
    String page = "\"" + Base64.getEncoder().encodeToString(ones) + "\"";
    SampleRequest alone = request;
    Form form = new Form().text("request", request.toString());
    for (String name : NAMES) {
      form.file(name, ones);
      alone = alone.with("/snapshot/" + name, page);
    }
    Answer answer = form.sendTo(service, PAGES + "?explain=true").ok();
    assertThat(answer.body()).isEqualTo(service.explain(alone.toString()).ok().body());
    assertThat(answer.body()).isNotEqualTo(service.explain(request.toString()).ok().body());
  }

  @Test
  void aRequestMayHoldItsPagesItselfAndAFormNone() {
    String request = SampleRequest.flush().toString();
    assertThat(new Form().text("request", request).sendTo(service, PAGES).ok().body())
        .isEqualTo(service.decide(request).ok().body());
  }

  /** curl, openapi-generator's clients for Java, TypeScript and Python, browsers. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      form-data; name="request"                                   | ''
      form-data; name="request"                                   | text/plain
      form-data; name="request"                                   | text/plain; charset=UTF-8
      form-data; name="request"                                   | application/json
      form-data; name="request"; filename="request.json"          | application/json
      form-data; name="request"; filename="request.json"          | application/octet-stream
      form-data; name="request"; filename="blob"                  | application/json
      form-data; name=request                                     | application/json; charset=utf-8
      FORM-DATA; filename="x"; NAME="request"                     | APPLICATION/JSON
      form-data; name="request"; filename*=UTF-8''%e2%82%ac.json  | application/json
      form-data; name="request"; filename="../../etc/passwd"      | application/json
      """)
  void theRequestIsTakenHoweverItsPartIsLabelled(String disposition, String contentType) {
    String request = SampleRequest.flush().with("/id", "\"\u00fc\u20ac\"").toString();
    Answer answer =
        new Form().part(disposition, contentType, request.getBytes(UTF_8)).sendTo(service, PAGES).ok();
    assertThat(answer.body()).isEqualTo(service.decide(request).ok().body());
  }

  /** The Java client sends texts in Latin-1, and says so. */
  @Test
  void theRequestIsReadInTheCharsetThatItsPartNames() {
    byte[] request = SampleRequest.flush().with("/id", "\"\u00fc\"").toString().getBytes(ISO_8859_1);
    String disposition = "form-data; name=\"request\"";
    Form labelled = new Form().part(disposition, "text/plain; charset=ISO-8859-1", request);
    assertThat(labelled.sendTo(service, PAGES).ok().text("/id")).isEqualTo("\u00fc");
    assertThat(
        new Form().part(disposition, "text/plain", request).sendTo(service, PAGES).problem(400)
            .text("/errors/0/detail"))
        .contains("invalid UTF-8");
  }

  @Test
  void aFormWhoseLengthIsNotToldIsTakenToo() {
    String request = SampleRequest.flush().toString();
    byte[] body = new Form().file("evmcs", new byte[4096]).text("request", request).closed();
    service
        .send(
            service.request(PAGES)
                .header("Content-Type", "multipart/form-data; boundary=" + Form.BOUNDARY)
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))))
        .ok();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(PagesTest.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    }
  }
}
