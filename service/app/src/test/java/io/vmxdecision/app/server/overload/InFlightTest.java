package io.vmxdecision.app.server.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vmxdecision.app.server.clients.ClientConnection;
import io.vmxdecision.app.server.clients.ClientLimits;
import io.vmxdecision.app.server.clients.ConnectionLimit;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.util.unit.DataSize;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

class InFlightTest {
  private static final int REQUESTS = 5;
  private static final int STREAMS = 3;
  private static final int BYTES = 100;
  private static final ServiceLimits OF_ONE =
      new ServiceLimits(DataSize.ofBytes(BYTES), 1, 1, 1);

  private static final ClientLimits CLIENTS =
      new ClientLimits(Duration.ofSeconds(10), DataSize.ofKilobytes(16));

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10); // the clock may wrap
  private final InFlight inFlight =
      new InFlight(
          limits(REQUESTS, STREAMS, BYTES, BYTES, Duration.ofSeconds(2)),
          OF_ONE, meters, nanos::get);

  @ParameterizedTest
  @CsvSource({
    "4096, 32, 2048, 1856", "640, 32, 2048, 128", "256, 16, 1024, 32", "92, 5, 368, 13", "4, 1, 16, 8"
  })
  void aSmallHeapTakesFewerStreamsConnectionsAndBytes(
      long heapMegabytes, int streams, int connections, long bodyMegabytes) {
    long heap = DataSize.ofMegabytes(heapMegabytes).toBytes();
    assertThat(OverloadLimits.streamsFor(heap)).isEqualTo(streams);
    assertThat(Math.min(2048, ConnectionLimit.most(heap))).isEqualTo(connections);
    assertThat(OverloadLimits.bodyBytesFor(heap, streams, connections).toMegabytes())
        .isEqualTo(bodyMegabytes);
  }

  @Test
  void ofManyAtOnceExactlyAsManyRequestsGetInAsAllowed() throws InterruptedException {
    assertThat(admittedAtOnce(InFlightTest::request)).isEqualTo(REQUESTS);
    assertThat(gauge("vmx.requests.in.flight")).isZero();
  }

  @Test
  void ofManyAtOnceExactlyAsManyStreamsGetInAsAllowed() throws InterruptedException {
    assertThat(
        admittedAtOnce(inFlight -> inFlight.admitStream(new StreamPace(CLIENTS), ClientConnection.current())))
        .isEqualTo(STREAMS);
    assertThat(gauge("vmx.streams.in.flight")).isZero();
  }

  /** A hundred at once, of whom none leaves before all have tried. */
  private int admittedAtOnce(Function<InFlight, Admission> admit) throws InterruptedException {
    int clients = 100;
    CountDownLatch tried = new CountDownLatch(clients);
    AtomicInteger admitted = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        var _ = threads.submit(
            () -> {
              try (Admission admission = admit.apply(inFlight)) {
                admission.read(1);
                admitted.incrementAndGet();
                tried.countDown();
                tried.await();
              } catch (RejectedRequestException e) {
                tried.countDown();
              }
              return null;
            });
      }
    }
    assertThat(tried.getCount()).isZero();
    assertThat(gauge("vmx.request.bytes.in.flight")).isZero();
    return admitted.get();
  }

  @Test
  void byItselfItTakesAQuarterOfADiskAndLittleOfALargeOne() {
    assertThat(OverloadLimits.diskFor(0)).isEqualTo(DataSize.ofBytes(0));
    assertThat(OverloadLimits.diskFor(DataSize.ofMegabytes(64).toBytes()))
        .isEqualTo(DataSize.ofMegabytes(16));
    assertThat(OverloadLimits.diskFor(Long.MAX_VALUE)).isEqualTo(DataSize.ofGigabytes(1));
  }

  private static OverloadLimits limits(
      int requests, int streams, long bytes, long disk, Duration retryAfter) {
    return new OverloadLimits(
        requests, streams, DataSize.ofBytes(bytes), DataSize.ofBytes(disk), Duration.ofSeconds(1),
        retryAfter);
  }

  @Test
  void bytesAreTakenWholeOrNotAtAll() {
    Admission one = inFlight.arriving();
    Admission other = inFlight.arriving();
    one.read(BYTES - 1);
    assertThatThrownBy(() -> other.read(2)).isInstanceOfSatisfying(
        RejectedRequestException.class,
        now -> assertThat(now.kind()).isEqualTo(ProblemKind.OVERLOADED));
    assertThatThrownBy(() -> other.read(Long.MAX_VALUE)).isInstanceOfSatisfying(
        RejectedRequestException.class,
        never -> assertThat(never.kind()).isEqualTo(ProblemKind.PAYLOAD_TOO_LARGE));
    assertThat(gauge("vmx.request.bytes.in.flight")).isEqualTo(BYTES - 1);
    other.read(1);
    other.release(1);
    one.close();
    assertThat(gauge("vmx.request.bytes.in.flight")).isZero();
    other.read(10);
    other.readAtMostAll(Long.MAX_VALUE); // alone
    assertThat(gauge("vmx.request.bytes.in.flight")).isEqualTo(BYTES);
    other.close();
  }

  @Test
  void aDiskThatIsFullOfAnswersIsNoFaultOfTheRequest() {
    Admission one = inFlight.arriving();
    Admission other = inFlight.arriving();
    assertThat(one.tryDisk(BYTES)).isTrue();
    assertThat(other.tryDisk(1)).isFalse();
    assertThat(gauge("vmx.disk.bytes.in.flight")).isEqualTo(BYTES);
    one.releaseDisk(1);
    assertThat(other.tryDisk(1)).isTrue();
    one.close();
    other.close();
    assertThat(gauge("vmx.disk.bytes.in.flight")).isZero();
  }

  @Test
  void whatHasWaitedTooLongIsRefusedAndTheServiceIsNotReady() {
    inFlight.requireInTime(1_000_000_000);
    assertThat(inFlight.refusedLately()).isFalse();
    assertThatThrownBy(() -> inFlight.requireInTime(1_000_000_001))
        .isInstanceOf(RejectedRequestException.class);
    assertThat(inFlight.refusedLately()).isTrue();
  }

  @Test
  void aStreamLosesItsPlaceOnlyWhenItIsSlowAndTheOneThatMovedLeastGoesFirst()
      throws IOException {
    StreamPace quiet = new StreamPace(CLIENTS, nanos::get);
    Admission moved = inFlight.admitStream(quiet, ClientConnection.current());
    List<Admission> others = new ArrayList<>();
    for (int i = 1; i < STREAMS; i++) {
      others.add(inFlight.admitStream(new StreamPace(CLIENTS, nanos::get), ClientConnection.current()));
    }
    assertThatThrownBy(() -> inFlight.admitStream(new StreamPace(CLIENTS), ClientConnection.current()))
        .isInstanceOf(RejectedRequestException.class);
    quiet.counting(OutputStream.nullOutputStream()).write(new byte[1], 0, 1);
    nanos.addAndGet(2 * CLIENTS.patience().toNanos());
    for (int i = 1; i < STREAMS; i++) {
      inFlight.admitStream(new StreamPace(CLIENTS, nanos::get), ClientConnection.current());
    }
    assertThat(others).as("places that were left").allMatch(other -> !other.yieldPlace());
    assertThat(moved.yieldPlace()).as("who answered once still has its place").isTrue();
  }

  /** Two that come together want the places of two that are slow: each gets one. */
  @RepeatedTest(200)
  void streamsThatComeTogetherGetThePlacesOfDifferentSlowOnes() throws InterruptedException {
    for (int i = 0; i < STREAMS; i++) {
      inFlight.admitStream(new StreamPace(CLIENTS, nanos::get), ClientConnection.current());
    }
    nanos.addAndGet(CLIENTS.patience().toNanos());
    CountDownLatch start = new CountDownLatch(1);
    AtomicInteger admitted = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 2; i++) {
        var _ = threads.submit(
            () -> {
              start.await();
              inFlight.admitStream(new StreamPace(CLIENTS, nanos::get), ClientConnection.current());
              return admitted.incrementAndGet();
            });
      }
      start.countDown();
    }
    assertThat(admitted).hasValue(2);
    assertThat(gauge("vmx.streams.in.flight")).isEqualTo(STREAMS);
  }

  @Test
  void aRefusalIsRememberedForAsLongAsClientsAreToldToStayAway() {
    OverloadHealthIndicator health = new OverloadHealthIndicator(inFlight);
    assertThat(health.health().getStatus().getCode()).isEqualTo("UP");
    RejectedRequestException refusal = inFlight.noRoomForBytes();
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(2));
    nanos.addAndGet(1_999_999_999);
    assertThat(health.health().getStatus().getCode()).isEqualTo("OUT_OF_SERVICE");
    nanos.incrementAndGet();
    assertThat(health.health().getStatus().getCode()).isEqualTo("UP");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 100, 1, PT1S,   overload.requests has to be 1 or more",
    "1,-1, 100, 1, PT1S,   overload.streams cannot be negative",
    "1, 1,   0, 1, PT1S,   overload.body-bytes has to be 1B or more",
    "1, 1,  99, 1, PT1S,   overload.body-bytes has to be at least vmx-decision.limits.body",
    "1, 1, 100,-1, PT1S,   overload.disk cannot be negative",
    "1, 1, 100, 1, PT0S,   overload.retry-after has to be whole seconds",
    "1, 1, 100, 1, PT1.5S, overload.retry-after has to be whole seconds"
  })
  void anImpossibleLimitIsNotTaken(
      int requests, int streams, int bytes, int disk, Duration retryAfter, String message) {
    assertThatThrownBy(
        () -> new InFlight(limits(requests, streams, bytes, disk, retryAfter), OF_ONE, meters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aRequestThatFailsGivesItsPlaceBack() {
    FilterChain failing =
        (request, response) -> {
          assertThat(gauge("vmx.requests.in.flight")).isEqualTo(1);
          assertThat(gauge("vmx.request.bytes.in.flight")).as("all that there is, of which it may need more")
              .isEqualTo(BYTES);
          throw new IOException("the client is gone");
        };
    assertThatThrownBy(() -> filter(request("{ }"), failing)).hasMessage("the client is gone");
    assertThatNothingIsInFlight();
  }

  @Test
  void aBodyThatWouldBeRefusedForItsLengthTakesNoRoom() throws ServletException, IOException {
    filter(
        request("x".repeat(BYTES + 1)),
        (request, response) -> {
          throw new AssertionError("it gets in");
        });
    assertThatNothingIsInFlight();
  }

  private static Admission request(InFlight inFlight) {
    Admission admission = inFlight.arriving();
    inFlight.admit(admission);
    return admission;
  }

  private void assertThatNothingIsInFlight() {
    assertThat(gauge("vmx.requests.in.flight")).isZero();
    assertThat(gauge("vmx.request.bytes.in.flight")).isZero();
  }

  private void filter(MockHttpServletRequest request, FilterChain chain)
      throws ServletException, IOException {
    HandlerExceptionResolver noProblems = (rejected, response, handler, e) -> new ModelAndView();
    new AdmissionFilter(inFlight, OF_ONE, CLIENTS, noProblems)
        .doFilter(request, new MockHttpServletResponse(), chain);
  }

  private static MockHttpServletRequest request(String body) {
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/v1/decisions");
    request.setServletPath("/v1/decisions");
    request.setContent(body.getBytes(StandardCharsets.UTF_8));
    return request;
  }

  private int gauge(String name) {
    return (int) meters.get(name).gauge().value();
  }
}
