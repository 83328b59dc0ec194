package io.vmxdecision.app.problem;

import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Whatever is sent: a problem that says where the fault is, and a service that goes on. */
@RunningService
class RefusedRequestsTest {
  private static final int MIB_8 = 8 << 20;

  private final ServiceClient service;

  RefusedRequestsTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @AfterEach
  void aGoodRequestIsStillAnswered() {
    service.decide(FaultyRequest.good()).ok();
  }

  @TestFactory
  Stream<DynamicTest> aFaultyRequestGetsEveryFaultAndItsPlace() {
    return FaultyRequest.all()
        .map(request -> DynamicTest.dynamicTest(request.name(), () -> assertRefused(request)));
  }

  private void assertRefused(FaultyRequest request) {
    Answer answer =
        service.post(DECISIONS, BodyPublishers.ofByteArray(request.body())).problem(request.status());
    assertThat(answer.texts("/errors", "pointer"))
        .as(answer.body())
        .containsExactlyInAnyOrderElementsOf(request.pointers());
    assertThat(answer.texts("/errors", "detail"))
        .anySatisfy(detail -> assertThat(detail).contains(request.said()));
  }

  @Test
  void theTableHoldsMoreThanAHundredRowsAndNoneTwice() {
    assertThat(FaultyRequest.all().map(FaultyRequest::name))
        .hasSizeGreaterThan(100)
        .doesNotHaveDuplicates();
  }

  @Test
  void noMoreThanAThousandFaultsAreListed() {
    Answer answer = service.decide(objectOf(2000, i -> "\"x" + i + "\":1")).problem(400);
    assertThat(answer.texts("/errors", "pointer")).hasSize(1000).startsWith("/x0", "/x1");
    assertThat(answer.text("/detail")).startsWith("1000 faults");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          /snapshot/registers/xmm | []                               | /snapshot/registers/xmm/0     | does not fit
          /snapshot/registers/xmm | {"lo":"-"}                       | /snapshot/registers/xmm/0/lo  | machine word
          /snapshot/vcpus         | {"l2":null}                      | /snapshot/vcpus/0/l2          | null is no value
          /snapshot/registers/xmm | {"hi":null}                      | /snapshot/registers/xmm/0/hi  | null is no value
          /snapshot/memory        | {"gpa":1}                        | /snapshot/memory/0/gpa        | does not fit
          /snapshot/vcpus         | {"vpIndex":"0"}                  | /snapshot/vcpus/0/vpIndex     | expected an integer
          """)
  void ofABodyTooLongToBeHeldAgainstTheContractTheFirstFaultIsTold(
      String pointer, String element, String place, String said) {
    String elements = (element + ",").repeat(450_000) + element;
    String body = SampleRequest.flush().with(pointer, "[]").toString().replace("[]", "[" + elements + "]");
    Answer answer = service.decide(body).problem(413);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("", place);
    assertThat(answer.text("/errors/0/detail")).isEqualTo("more than 497424 tokens");
    assertThat(answer.text("/errors/1/detail")).contains(said);
  }

  @Test
  void aNameThatIsTooLongHasItsPlace() {
    Answer answer =
        service.decide("{\"snapshot\":{\"vcpu\":0,\n\"" + "n".repeat(60_000) + "\":1}}").problem(400);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("/snapshot");
    assertThat(answer.text("/errors/0/detail")).startsWith("line 2, column ").contains("past the limit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"L2 ", "\\u0000L2", "L1\\t", "l2", "", "L3"})
  void aLevelIsOneOfThoseOfTheContractToTheLetter(String level) {
    Answer answer = service.decide(SampleRequest.flush().with("/exit/from", '"' + level + '"').toString());
    assertThat(answer.problem(400).texts("/errors", "pointer")).containsExactly("/exit/from");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void aBodyInAnotherCharsetIsNoJson(String charset) {
    byte[] body = FaultyRequest.good().getBytes(Charset.forName(charset));
    Answer answer = service.post(DECISIONS, BodyPublishers.ofByteArray(body)).problem(400);
    assertThat(answer.text("/type")).endsWith(":malformed-json");
    assertThat(answer.text("/errors/0/detail")).startsWith("line 1, column ");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json;charset=UTF-8, 200", "application/json; charset=\"utf-8\", 200",
    "application/json;charset=iso-8859-1, 415", "application/json;charset=us-ascii, 415",
    "application/json;charset=utf-16, 415", "application/json;charset=nonsense, 415",
    "application/json;charset=, 415"
  })
  void aBodyThatSaysItIsOfAnotherCharsetIsRefused(String type, int status) {
    Answer answer = service.send(
        service.request(DECISIONS).header("Content-Type", type)
            .POST(BodyPublishers.ofString(FaultyRequest.good())));
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void aBodyPastTheLimitIsRefusedWhetherItsLengthIsTold() {
    byte[] longest = (FaultyRequest.good() + " ".repeat(MIB_8)).substring(0, MIB_8).getBytes(UTF_8);
    byte[] tooLong = new byte[MIB_8 + 1];
    service.post(DECISIONS, BodyPublishers.ofByteArray(longest)).ok();
    service.post(DECISIONS, chunked(longest)).ok();
    service.post(DECISIONS, BodyPublishers.ofByteArray(tooLong)).problem(413);
    service.post(DECISIONS, chunked(tooLong)).problem(413);
  }

  @Test
  void aBodyFarPastTheLimitIsRefusedAndNotCutOff() {
    service.post(DECISIONS, BodyPublishers.ofByteArray(new byte[4 * MIB_8])).problem(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "application/xml", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "application/octet-stream", "nonsense", "*/*", "application/problem+json"
  })
  void onlyJsonIsTaken(String contentType) {
    service
        .send(
            service.request(DECISIONS)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofString(FaultyRequest.good())))
        .problem(415);
  }

  @Test
  void aBodyWithoutATypeIsNotTaken() {
    service
        .send(service.request(DECISIONS).POST(BodyPublishers.ofString(FaultyRequest.good())))
        .problem(415);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /v1/decisions",
    "PUT,    /v1/decisions",
    "DELETE, /v1/decisions",
    "BREW,   /v1/decisions",
    "POST,   /v1/rules",
    "PATCH,  /v1/exit-reasons",
    "DELETE, /v1/exit-reasons/0x12",
    "TRACE,  /v1/rules"
  })
  void aMethodThatIsNotThereIsNotAllowed(String method, String path) {
    service.send(service.request(path).method(method, BodyPublishers.noBody())).problem(405);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/nothing", "/v1", "/v1/", "/v1/decisions/", "/v1/decision", "/v2/decisions", "/v1/exit-reasons/",
    "/error",
    "/v1/exit-reasons/0x12/x", "/index.html", "/WEB-INF/web.xml", "/v1/%2e%2e/application.yaml",
    "/application.yaml", "/examples/decide/1-eligible-flush.json"
  })
  void thereIsNothingAtOtherPaths(String path) {
    service.get(path).problem(404);
  }

  @ParameterizedTest
  @CsvSource({"/v1/rules, application/xml", "/v1/exit-reasons/0x12, text/html", "/v1/exit-reasons, nonsense"})
  void answersAreInJsonOnly(String path, String accepted) {
    service.send(service.request(path).header("Accept", accepted)).problem(406);
  }

  @ParameterizedTest
  @CsvSource({
    "explain, maybe", "explain, 2", "explain, null", "explain, %00", "include, page", "include, EVMCSPAGE"
  })
  void aParameterWithAnotherValueIsRefusedByName(String parameter, String value) {
    String path = DECISIONS + "?" + parameter + "=" + value;
    assertThat(service.post(path, json(FaultyRequest.good())).problem(400).text("/detail"))
        .contains(parameter);
  }

  /** Spring would read a form, of any length, before it finds that nobody wants one. */
  @ParameterizedTest
  @ValueSource(strings = {"PUT", "PATCH", "DELETE"})
  void aFormIsNotEvenRead(String method) {
    service
        .send(
            service.request(DECISIONS)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .method(method, json("a=%zz")))
        .problem(405);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "GET /v1/exit-reasons/[0x12]| HTTP/1.1\nHost: localhost\n",
    "GET /v1/exit-reasons/%2F HTTP/1.1\nHost: localhost\n",
    "GET /v1/exit-reasons/%zz HTTP/1.1\nHost: localhost\n",
    "GET /v1/exit-reasons/a%5cb HTTP/1.1\nHost: localhost\n",
    "GET /../../etc/passwd HTTP/1.1\nHost: localhost\n",
    "GET /v1/rules HTTP/1.1\nHost: local host\n",
    "GET /v1/rules HTTP/1.1\n",
    "GET /v1/rules HTTP/1.1\nHost: localhost\nno header at all\n",
    "POST /v1/decisions HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: -1\n",
    "NONSENSE\n"
  })
  void whatIsNoGoodHttpGetsAProblemToo(String request) {
    service.sendRaw(request + "Connection: close\n\n").problem(400);
  }

  @Test
  void aHeaderTooLongGetsAProblemToo() {
    service.sendRaw("GET /v1/rules HTTP/1.1\nHost: localhost\nX: " + "x".repeat(10_000) + "\n\n")
        .problem(400);
  }

  @Test
  void aBrokenChunkGetsAProblemToo() {
    service.sendRaw("""
        POST /v1/decisions HTTP/1.1
        Host: localhost
        Content-Type: application/json
        Connection: close
        Transfer-Encoding: chunked

        nonsense
        {}
        0

        """).problem(400);
  }

  private static BodyPublisher json(String body) {
    return BodyPublishers.ofString(body);
  }

  private static BodyPublisher chunked(byte[] body) {
    return BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body));
  }

  private static String objectOf(int size, IntFunction<String> member) {
    return IntStream.range(0, size).mapToObj(member).collect(Collectors.joining(",", "{", "}"));
  }
}
