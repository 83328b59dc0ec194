package io.vmxdecision.app.problem;

import static io.vmxdecision.app.support.Form.BOUNDARY;
import static io.vmxdecision.app.support.ServiceClient.PAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Forms with raw pages: a problem for each that is no good, and never more than that. */
@RunningService
class RefusedFormsTest {
  private static final int MIB_8 = 8 << 20;
  private static final String MULTIPART = "multipart/form-data; boundary=" + BOUNDARY;
  private static final SampleRequest REQUEST = SampleRequest.flush();

  private final ServiceClient service;

  RefusedFormsTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @AfterEach
  void aGoodFormIsStillAnswered() {
    good().sendTo(service, PAGES).ok();
  }

  private static Form good() {
    return new Form().file("evmcs", new byte[4096]).text("request", REQUEST.toString());
  }

  @TestFactory
  Stream<DynamicTest> aFaultyRequestGetsEveryFaultAndItsPlaceUnderItsPart() {
    return FaultyRequest.all()
        .map(
            request -> DynamicTest.dynamicTest(
                request.name(),
                () -> {
                  Answer answer =
                      new Form().part("form-data; name=\"request\"", "", request.body())
                          .sendTo(service, PAGES).problem(request.status());
                  assertThat(answer.texts("/errors", "pointer"))
                      .containsExactlyInAnyOrderElementsOf(
                          request.pointers().stream().map(place -> "/request" + place).toList());
                  assertThat(answer.texts("/errors", "detail"))
                      .anySatisfy(detail -> assertThat(detail).contains(request.said()));
                }));
  }

  @ParameterizedTest
  @CsvSource({
    "evmcs, 0", "evmcs, 1", "evmcs, 4095", "evmcs, 4097", "vpAssistPage, 8192",
    "partitionAssistPage, 1000000"
  })
  void aPageOfAnotherSizeIsToldItsSize(String page, int bytes) {
    assertRefused(
        new Form().text("request", REQUEST.toString()).file(page, new byte[bytes]),
        "a page has 4096 bytes, this one " + bytes, "/" + page);
  }

  @Test
  void faultsOfTheFormAndOfTheRequestInItAreToldAtOnce() {
    Form form =
        new Form()
            .file("evmcs", new byte[5])
            .file("vpAssistPage", new byte[4096])
            .file("vpAssistPage", new byte[4096])
            .file("ev~m/cs", new byte[4096])
            .text(
                "request",
                REQUEST.with("/snapshot/registers/rax", "1").without("/exit/reason").toString())
            .text("explain", "true");
    assertRefused(
        form, "unknown part",
        "/evmcs", "/vpAssistPage", "/ev~0m~1cs", "/request/snapshot/registers/rax",
        "/request/exit/reason", "/explain");
  }

  @Test
  void aPageIsGivenAsAPartOrInTheRequest() {
    for (String page : List.of("evmcs", "vpAssistPage", "partitionAssistPage")) {
      Form form =
          new Form()
              .text("request", REQUEST.with("/snapshot/" + page, page()).toString())
              .file(page, new byte[4096]);
      Answer answer = form.sendTo(service, PAGES).problem(422);
      assertThat(answer.texts("/errors", "pointer")).containsExactly("/request/snapshot/" + page);
      assertThat(answer.text("/errors/0/detail")).isEqualTo("the page is a part of the form already");
    }
  }

  @Test
  void aFormHasARequestAndOneOnly() {
    assertRefused(new Form().file("evmcs", new byte[4096]), "is required", "/request");
    assertRefused(good().text("request", "{}"), "there already", "/request");
  }

  @Test
  void aContradictionIsToldOnlyOfAFormThatIsRead() {
    String contradiction = REQUEST.with("/snapshot/vcpu", "3").toString();
    assertThat(
        new Form().text("request", contradiction).sendTo(service, PAGES).problem(422)
            .texts("/errors", "pointer"))
        .containsExactly("/request/snapshot/vcpu");
    assertRefused(
        new Form().text("request", contradiction).text("x", ""), "unknown part", "/x");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      text/plain; charset=nonsense | '{}'
      text/plain; charset=         | '{}'
      nonsense                     | '{}'
      text/plain; charset=US-ASCII | '{"id":"ü"}'
      """)
  void aRequestThatIsNotOfItsContentTypeIsRefused(String contentType, String content) {
    assertRefused(
        new Form().part("form-data; name=\"request\"", contentType, content.getBytes(UTF_8)),
        "Content-Type", "/request");
  }

  @Test
  void aFormHasAtMostSixteenParts() {
    Form form = new Form();
    for (int i = 0; i < 3000; i++) {
      form.text("x" + i, "");
    }
    Answer answer = form.sendTo(service, PAGES).problem(400);
    assertThat(answer.texts("/errors", "detail"))
        .hasSize(17)
        .endsWith("has to have at most 16 parts");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "multipart/form-data", "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=another", "multipart/form-data; charset=utf-8"
  })
  void aFormIsRefusedWithoutItsBoundary(String contentType) {
    service
        .send(
            service.request(PAGES).header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(good().closed())))
        .problem(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "application/json", "multipart/mixed; boundary=" + BOUNDARY, "application/x-www-form-urlencoded",
    "multipart/form-data/x", "multipart/form-data; boundary=", "application/octet-stream"
  })
  void onlyAFormIsTaken(String contentType) {
    service
        .send(
            service.request(PAGES).header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(good().closed())))
        .problem(415);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/decisions", "/v1/decisions/batch", "/v1/decisions/stream"})
  void nobodyElseTakesAForm(String path) {
    good().sendTo(service, path).problem(415);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "\r\n", "nonsense", "--" + BOUNDARY, "--" + BOUNDARY + "\r\n", "--" + BOUNDARY + "--",
    "--" + BOUNDARY + "\r\n\r\n\r\n--" + BOUNDARY + "--",
    "--" + BOUNDARY + "\r\nContent-Disposition: form-data\r\n\r\nx\r\n--" + BOUNDARY + "--",
    "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name\r\n\r\nx\r\n--" + BOUNDARY + "--",
    "--" + BOUNDARY + "\r\nContent-Disposition: attachment; name=\"request\"\r\n\r\n{}\r\n--" + BOUNDARY
        + "--",
    "--" + BOUNDARY + "\r\nno header at all\r\n\r\n{}\r\n--" + BOUNDARY + "--"
  })
  void whatIsNoGoodFormIsRefused(String body) {
    Form.send(service, PAGES, body.getBytes(UTF_8)).problem(400);
  }

  @Test
  void aFormMayBreakOffAnywhere() {
    byte[] body = good().closed();
    int complete = body.length - "--\r\n".length();
    for (int length = 0; length < complete; length += length > 200 && length < 4200 ? 97 : 7) {
      Form.send(service, PAGES, Arrays.copyOf(body, length)).problem(400);
    }
    byte[] inEvmcs = Arrays.copyOf(body, 1000);
    assertThat(Form.send(service, PAGES, inEvmcs).problem(400).texts("/errors", "pointer"))
        .containsExactly("/evmcs");
  }

  @Test
  void headersOfAPartAreBounded() {
    String filename = "x".repeat(5000);
    assertRefused(
        good().part("form-data; name=\"vpAssistPage\"; filename=\"" + filename + "\"", "", new byte[4096]),
        "Header section", "/request");
    Form.send(
        service, PAGES, new Form().raw("--" + BOUNDARY + "\r\n" + "A: b\r\n".repeat(100_000)).closed())
        .problem(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "form-data; name=\"evmcs\"; filename=\"\"", "form-data; name=\"evmcs\"; filename=\"\u0000\"",
    "form-data; name=\"evmcs\"; filename=\"a\u0000b\"", "form-data; name=\"evmcs\"; filename*=x",
    "form-data; name=\"evmcs\"; filename*=UTF-8''%", "form-data; name=\"evmcs\"; filename*=UTF-8''%zz",
    "form-data; name=\"evmcs\"; filename*=nonsense''x",
    "form-data; name=\"evmcs\"; filename*=UTF-8''%\u00ff\u00ff",
    "form-data; name=\"evmcs\"; filename=\"=?nonsense?Q?x?=\"",
    "form-data; name=\"evmcs\"; filename=\"=?UTF-8?Q?=\"",
    "form-data; name=\"evmcs\"; filename=\"=?UTF-8?B?!?=\"",
    "form-data; name=\"evmcs\"; filename=\"=?UTF-8?Q?=zz?=\"",
    "form-data; name=\"evmcs\"; filename=\"unclosed", "form-data; name=\"evmcs\"; filename=\\",
    "form-data; name=\"evmcs\"; filename=C:\\x", "form-data; name=\"evmcs\"; filename",
    "form-data; name=\"evmcs\"; name=\"evmcs\"", "form-data; ; ; name=evmcs;;"
  })
  void aFileNameIsNotLookedAt(String disposition) {
    Answer answer =
        new Form().part(disposition, "", new byte[4096]).text("request", REQUEST.toString())
            .sendTo(service, PAGES);
    assertThat(answer.status()).as(answer.body()).isIn(200, 400);
  }

  /** Bytes changed at random, with a fixed seed: an answer or a problem, never a failure. */
  @Test
  void aFormWithBrokenBytesIsAnsweredOrRefused() {
    Random random = new Random(20_26);
    byte[] body =
        new Form()
            .part("form-data; name=\"evmcs\"; filename*=UTF-8''%20a; filename=\"=?UTF-8?Q?=20?=\"",
                "text/plain; charset=utf-8", new byte[10])
            .text("request", "{}").closed();
    for (int i = 0; i < 2000; i++) {
      byte[] broken = body.clone();
      for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
        broken[random.nextInt(broken.length)] =
            (byte) (random.nextBoolean()
                ? random.nextInt(256)
                : "\r\n-;:=\"'%?\\ ".charAt(random.nextInt(12)));
      }
      Form.send(service, PAGES, broken).problem(400);
    }
  }

  @Test
  void aFormPastTheLimitIsRefusedWhetherItsLengthIsTold() {
    byte[] tooLong = good().file("x", new byte[MIB_8]).closed();
    for (BodyPublisher body : List.of(
        BodyPublishers.ofByteArray(tooLong),
        BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(tooLong)))) {
      service.send(service.request(PAGES).header("Content-Type", MULTIPART).POST(body)).problem(413);
    }
  }

  @Test
  void aParameterWithAnotherValueIsRefusedByName() {
    assertThat(good().sendTo(service, PAGES + "?include=page").problem(400).text("/detail"))
        .contains("include");
    assertThat(good().sendTo(service, PAGES + "?explain=maybe").problem(400).text("/detail"))
        .contains("explain");
  }

  private void assertRefused(Form form, String said, String... pointers) {
    Answer answer = form.sendTo(service, PAGES).problem(400);
    assertThat(answer.texts("/errors", "pointer")).containsExactlyInAnyOrder(pointers);
    assertThat(answer.texts("/errors", "detail"))
        .anySatisfy(detail -> assertThat(detail).contains(said));
  }

  private static String page() {
    return "\"" + Base64.getEncoder().encodeToString(new byte[4096]) + "\"";
  }
}
