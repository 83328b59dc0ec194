package io.vmxdecision.app.server.overload;

import static io.vmxdecision.app.support.ServiceClient.DECISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.server.clients.ClientConnection;
import io.vmxdecision.app.server.clients.ClientLimits;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SbeMessages;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.SmallSendBuffers;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A service that is soon full: what it refuses, what it does not, and that it recovers. */
@RunningService
@Import(SmallSendBuffers.class)
@TestPropertySource(properties = {
  "vmx-decision.limits.body=32KB",
  "vmx-decision.overload.requests=2",
  "vmx-decision.overload.streams=1",
  "vmx-decision.overload.body-bytes=1MB",
  "vmx-decision.overload.retry-after=10s"
})
@TestMethodOrder(OrderAnnotation.class)
class FullServiceTest {
  private static final String STREAM = DECISIONS + "/stream";
  private static final String ENTRIES = "/v1/vm-entries";
  private static final String ENTRY =
      "{\"snapshot\":{\"vmcsFields\":{}},\"entry\":{\"instruction\":\"VMLAUNCH\"}}";
  private static final int ALL = 1 << 20;
  private static final String REQUEST = SampleRequest.flush().toString();
  private static final int FIRST = 8192; // what a body is given before it draws on the account
  private static final String LONG = " ".repeat(FIRST) + REQUEST + " ".repeat(FIRST);

  private final int port;
  private final ServiceClient service;
  private final InFlight inFlight;
  private final ClientLimits clients;
  private final ServiceLimits limits;
  private final MeterRegistry meters;
  private final List<Admission> others = new ArrayList<>();

  @Autowired
  FullServiceTest(
      @LocalServerPort int port,
      InFlight inFlight,
      ClientLimits clients,
      ServiceLimits limits,
      MeterRegistry meters) {
    this.limits = limits;
    this.clients = clients;
    this.port = port;
    this.service = new ServiceClient(port);
    this.inFlight = inFlight;
    this.meters = meters;
  }

  @AfterEach
  void whenThereIsRoomAgainTheServiceAnswers() {
    others.forEach(Admission::close);
    service.decide(REQUEST).ok();
    await(() -> gauge("vmx.requests.in.flight") == 0); // given back after the answer is sent
    assertThat(gauge("vmx.request.bytes.in.flight")).isZero();
  }

  @ParameterizedTest
  @CsvSource({"GET, /v1/rules", "GET, /v1/exit-reasons/0x12", "POST, /v1/decisions", "GET, /v1/nothing"})
  void aRequestTooManyIsToldWhenToComeBack(String method, String path) {
    others.add(admitted());
    others.add(admitted());
    double before = rejected();
    Answer answer =
        service.send(service.request(path).method(method, BodyPublishers.ofString("{}"))).problem(503);
    assertThat(answer.text("/type")).isEqualTo("urn:vmx-decision:problem:overloaded");
    assertThat(rejected()).isEqualTo(before + 1);
    assertThat(raw(method + " " + path + " HTTP/1.1\nHost: x\nConnection: close\n\n"))
        .startsWith("HTTP/1.1 503 ")
        .contains("\r\nRetry-After: 10\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, ENTRIES + "/stream"})
  void aStreamTooManyIsRefusedAndRequestsAreNot(String stream) {
    others.add(inFlight.admitStream(new StreamPace(clients), ClientConnection.current()));
    assertThat(service.post(stream, BodyPublishers.noBody()).problem(503).text("/detail"))
        .contains("streams");
    service.decide(REQUEST).ok();
  }

  @Test
  void aFullServiceTakesStreams() {
    others.add(admitted());
    others.add(admitted());
    assertThat(service.post(STREAM, BodyPublishers.noBody()).status()).isNotEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bytesTooManyAreRefusedWhetherTheirLengthIsTold(boolean told) {
    int room = ALL - needed(REQUEST.length());
    others.add(admitted());
    others.getFirst().read(room);
    service.post(DECISIONS, body(REQUEST, told)).ok();
    await(() -> gauge("vmx.request.bytes.in.flight") == room);
    assertThat(service.post(DECISIONS, body(REQUEST + " ", told)).problem(503).text("/type"))
        .isEqualTo("urn:vmx-decision:problem:overloaded");
    await(() -> gauge("vmx.request.bytes.in.flight") == room);
    assertThat(gauge("vmx.requests.in.flight")).isEqualTo(1);
    String told2KB = "POST " + DECISIONS + " HTTP/1.1\nHost: x\nContent-Type: application/json\n"
        + "Connection: close\nContent-Length: " + 2048 + "\n\n";
    assertThat(raw(told2KB + " ".repeat(2048))).contains("\r\nRetry-After: 10\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {DECISIONS, ENTRIES})
  void aRequestOfABatchThatThereIsNoRoomForIsAProblemInItsPlace(String endpoint) {
    String request = endpoint.equals(ENTRIES) ? ENTRY : REQUEST;
    String batch = "{\"requests\":[" + request + ",{}]}";
    others.add(admitted());
    others.getFirst().read(ALL - batch.length() - limits.heapFor(request.length()) + 1);
    JsonNode results =
        service.post(endpoint + "/batch", BodyPublishers.ofString(batch)).ok().json().path("results");
    assertThat(results.at("/0/problem/type").asString()).isEqualTo("urn:vmx-decision:problem:overloaded");
    assertThat(results.at("/1/problem/type").asString())
        .isEqualTo("urn:vmx-decision:problem:invalid-request");
    await(() -> gauge("vmx.requests.in.flight") == 1);
    others.getFirst().release(1);
    assertThat(
        service.post(endpoint + "/batch", BodyPublishers.ofString(batch)).ok().json().at("/results/0")
            .propertyNames())
        .containsExactly("decision");
  }

  /** Two whose clients never read are stuck in their second or third item, and leave room for less than another. */
  @Test
  void answersThatNobodyReadsCountUntilTheirClientsAreGone() throws IOException {
    String item = "{\"snapshot\":{\"evmcsFields\":{\"revision_id\":\"0x1\"}},\"exit\":{\"reason\":\"0x12\"}}";
    String batch = "{\"requests\":[" + (item + ",").repeat(19) + item + "]}";
    int held = batch.length() + (int) limits.heapFor(item.length());
    int free = held - 1;
    try (Socket first = unread(batch); Socket second = unread(batch)) {
      awaitForGood(() -> gauge("vmx.request.bytes.in.flight") == 2 * held);
      assertThat(gauge("vmx.requests.in.flight")).as("places are lent").isZero();
      others.add(inFlight.arriving());
      others.getFirst().read(ALL - 2L * held - free);
      JsonNode results =
          service.post(ServiceClient.BATCH, BodyPublishers.ofString(batch)).ok().json().path("results");
      assertThat(results).hasSize(20).allSatisfy(
          result -> assertThat(result.at("/problem/type").asString())
              .isEqualTo("urn:vmx-decision:problem:overloaded"));
      assertThat(first.isConnected() && second.isConnected()).isTrue();
    }
    await(() -> gauge("vmx.request.bytes.in.flight") == ALL - 2 * held - free);
  }

  private Socket unread(String batch) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    send(
        socket,
        "POST " + ServiceClient.BATCH + "?explain=true&include=evmcsPage HTTP/1.1\r\nHost: x\r\n"
            + "Content-Type: application/json\r\nContent-Length: " + batch.length() + "\r\n\r\n" + batch);
    return socket;
  }

  /** Until it holds and, what it looks at having come to rest, goes on to. */
  private static void awaitForGood(BooleanSupplier condition) {
    AtomicInteger times = new AtomicInteger();
    await(() -> condition.getAsBoolean() ? times.incrementAndGet() > 50 : times.getAndSet(0) < 0);
  }

  @Test
  void aLineThatThereIsNoRoomForIsAProblemInItsPlace() throws IOException {
    try (StreamClient stream = new StreamClient(port, STREAM, "application/x-ndjson")) {
      stream.send(REQUEST + "\n");
      assertThat(stream.readLine()).contains("\"handledBy\":\"L0\"");
      others.add(inFlight.arriving());
      others.getFirst()
          .read(ALL - gauge("vmx.request.bytes.in.flight") - limits.heapFor(REQUEST.length()) + 1);
      stream.send(REQUEST + "\n");
      assertThat(stream.readLine()).contains("urn:vmx-decision:problem:overloaded");
      others.getFirst().close();
      stream.send(REQUEST + "\n");
      stream.end();
      assertThat(new String(stream.readAll(), StandardCharsets.UTF_8)).contains("\"handledBy\":\"L0\"");
    }
  }

  @Test
  void whatAStreamHoldsCountsAndEndsItWhenThereIsNoRoom() throws IOException {
    byte[] snapshot = SbeMessages.snapshot(JsonMapper.shared().readTree("{}"), 1);
    try (StreamClient stream = new StreamClient(port, STREAM, "application/vnd.vmx-decision.v1+sbe")) {
      stream.send(snapshot);
      await(() -> gauge("vmx.request.bytes.in.flight") > 0);
      int held = gauge("vmx.request.bytes.in.flight");
      assertThat(held).as("what it takes of heap").isGreaterThan(snapshot.length);
      others.add(admitted());
      others.getFirst().read(ALL - 2L * held);
      stream.send(snapshot); // takes the place of the first, once it has been read
      stream.send(SbeMessages.snapshot(JsonMapper.shared().readTree("{}"), 2));
      stream.send(SbeMessages.snapshot(JsonMapper.shared().readTree("{}"), 3));
      assertThat(new String(stream.readAll(), StandardCharsets.ISO_8859_1))
          .contains("As many bytes of requests are in flight as this service takes.");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBytesOfAFormAreRefusedToo(boolean told) {
    String form = new String(new Form().text("request", REQUEST).closed(), StandardCharsets.US_ASCII);
    others.add(admitted());
    others.getFirst().read(ALL - form.length() + 1);
    HttpRequest.Builder request =
        service.request(ServiceClient.PAGES)
            .header("Content-Type", "multipart/form-data; boundary=" + Form.BOUNDARY)
            .POST(body(form, told));
    service.send(request).problem(503);
  }

  /** Two that are slow to send their bodies take no places, of which there are two. */
  @Test
  void aRequestTakesAPlaceWhenItsBodyHasComeAndUntilItIsAnswered() throws IOException {
    String head =
        "POST " + DECISIONS + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Connection: close\r\nContent-Length: " + LONG.length() + "\r\n\r\n";
    try (Socket stays = connect()) {
      try (Socket leaves = connect()) {
        send(stays, head + LONG.substring(0, FIRST + 100));
        send(leaves, head + LONG.substring(0, FIRST + 10));
        await(() -> gauge("vmx.request.bytes.in.flight") == 2 * FIRST);
        assertThat(gauge("vmx.requests.in.flight")).isZero();
        service.get("/v1/rules").ok();
      }
      await(() -> gauge("vmx.request.bytes.in.flight") == FIRST);
      send(stays, LONG.substring(FIRST + 100));
      assertThat(readAll(stays)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  @Order(1) // refusals of other tests would make it wait until the service is ready again
  void aFullServiceIsAliveAndObservableButNotReady() {
    others.add(admitted());
    others.add(admitted());
    assertThat(service.get("/actuator/health/readiness").ok().text("/status")).isEqualTo("UP");
    service.get("/v1/rules").problem(503);
    Answer readiness = service.get("/actuator/health/readiness");
    assertThat(readiness.status()).isEqualTo(503);
    assertThat(readiness.text("/status")).isEqualTo("OUT_OF_SERVICE");
    assertThat(service.get("/actuator/health/liveness").ok().text("/status")).isEqualTo("UP");
    assertThat(service.get("/actuator/prometheus").ok().body())
        .contains("vmx_requests_in_flight 2.0", "vmx_requests_rejected_total{kind=\"overloaded\"}");
    service.get("/v3/api-docs").ok();
  }

  /** What a request takes while it is answered. */
  private int needed(int bytes) {
    return bytes + (int) limits.heapFor(bytes);
  }

  private Admission admitted() {
    Admission admission = inFlight.arriving();
    inFlight.admit(admission);
    return admission;
  }

  private double rejected() {
    return meters.counter("vmx.requests.rejected", "kind", "overloaded").count();
  }

  private int gauge(String name) {
    return (int) meters.get(name).gauge().value();
  }

  private static BodyPublisher body(String body, boolean lengthTold) {
    BodyPublisher bytes = BodyPublishers.ofString(body);
    return lengthTold ? bytes : BodyPublishers.fromPublisher(bytes);
  }

  private String raw(String request) {
    try (Socket socket = connect()) {
      send(socket, request.replace("\n", "\r\n"));
      return readAll(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void await(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(2));
      sleep();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
