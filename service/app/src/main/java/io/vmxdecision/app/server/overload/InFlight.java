package io.vmxdecision.app.server.overload;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.server.clients.ClientConnection;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The requests and streams in flight, limited by {@link OverloadLimits}. Nothing waits here for admission:
 * there is room, or the request is refused (load shedding). A request that has waited too long for a CPU is
 * refused too.
 *
 * <p>A request takes its place once its body has been received, and lends it to others while it waits for its
 * client to read. So any number of slow clients does not keep fast ones out. Slow clients hold bytes only.
 * These come from one {@link Account} for all, as long as the client keeps its pace.
 *
 * <p>Safe for use by any thread; the limits are exact under concurrency. The gauges are
 * {@code vmx.requests.in.flight}, {@code vmx.streams.in.flight}, {@code vmx.request.bytes.in.flight} and
 * {@code vmx.disk.bytes.in.flight}.
 */
@Component
public final class InFlight {
  /** How long a stream that is closed for a new one waits for its client to read the reason. */
  private static final long LAST_WORDS_MILLIS = 2000;

  private final OverloadLimits limits;
  private final LongSupplier nanoTime;
  private final Semaphore requests;
  private final Semaphore streams;
  private final Map<Admission, OpenStream> open = new ConcurrentHashMap<>();
  private final Account heap;
  private final Account disk;
  private final AtomicLong lastRefusal;

  @Autowired
  InFlight(OverloadLimits limits, ServiceLimits ofOne, MeterRegistry meters) {
    this(limits, ofOne, meters, System::nanoTime);
  }

  InFlight(
      OverloadLimits limits, ServiceLimits ofOne, MeterRegistry meters, LongSupplier nanoTime) {
    if (limits.bodyBytes().compareTo(ofOne.body()) < 0) {
      throw new IllegalArgumentException(
          "vmx-decision.overload.body-bytes has to be at least vmx-decision.limits.body,"
              + " or a body that is allowed never gets in");
    }
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.heap = new Account(limits.bodyBytes().toBytes());
    this.disk = new Account(limits.disk().toBytes());
    this.requests = new Semaphore(limits.requests());
    this.streams = new Semaphore(limits.streams());
    this.lastRefusal = new AtomicLong(nanoTime.getAsLong() - limits.retryAfter().toNanos());
    gauge(meters, "vmx.requests.in.flight", "Requests being answered",
        () -> limits.requests() - requests.availablePermits());
    gauge(meters, "vmx.streams.in.flight", "Streams that are open",
        () -> limits.streams() - streams.availablePermits());
    gauge(meters, "vmx.request.bytes.in.flight", "Bytes of heap that clients make the service hold",
        heap::held);
    gauge(meters, "vmx.disk.bytes.in.flight", "Bytes of disk for answers that clients have not read",
        disk::held);
  }

  private static void gauge(
      MeterRegistry meters, String name, String description, LongSupplier value) {
    Gauge.builder(name, value::getAsLong).description(description).register(meters);
  }

  /** The bytes of heap that clients may make the service hold. */
  Account heap() {
    return heap;
  }

  /** The bytes of disk that clients may make the service hold. */
  Account disk() {
    return disk;
  }

  /**
   * The exception for a request that finds no room in {@link #heap}. It makes the service unready for {@code
   * retry-after}.
   */
  RejectedRequestException noRoomForBytes() {
    return refusal("As many bytes of requests are in flight as this service takes.");
  }

  /** Refuses a request that has waited for its turn for longer than {@code max-wait}. */
  void requireInTime(long waitedNanos) {
    if (waitedNanos > limits.maxWait().toNanos()) {
      throw refusal("More requests come than this service can answer in time.");
    }
  }

  /** Whether a request that begins now would be refused. */
  boolean isFull() {
    return requests.availablePermits() == 0;
  }

  /** An admission for a request whose body is still being received: without a place. */
  Admission arriving() {
    return new Admission(this, requests, false);
  }

  /** Admits a request that was received as a whole. */
  void admit(Admission arrived) {
    if (!arrived.tryPlace()) {
      throw noPlace();
    }
  }

  /** The exception for a request that finds no place. It makes the service unready for {@code retry-after}. */
  RejectedRequestException noPlace() {
    return refusal("As many requests are in flight as this service takes.");
  }

  /** Admits a stream. If no place is free, it takes that of the slowest stream which is too slow. */
  Admission admitStream(StreamPace pace, ClientConnection client) {
    Admission admission = new Admission(this, streams, false);
    while (!admission.tryPlace()) {
      Map.Entry<Admission, OpenStream> slowest = slowest();
      if (slowest == null) {
        throw refusal("As many streams are open as this service takes.");
      }
      open.remove(slowest.getKey());
      if (slowest.getKey().yieldPlace()) { // else it has just ended, or another has its place
        slowest.getValue().giveWay();
        admission = new Admission(this, streams, true);
        break;
      }
    }
    open.put(admission, new OpenStream(pace, client));
    return admission;
  }

  /**
   * The stream that is furthest below the pace, and of equals the one with the fewest bytes; null if none is
   * slow.
   */
  private Map.@Nullable Entry<Admission, OpenStream> slowest() {
    Map.Entry<Admission, OpenStream> slowest = null;
    long most = 0;
    long moved = 0;
    for (Map.Entry<Admission, OpenStream> stream : open.entrySet()) {
      StreamPace pace = stream.getValue().pace();
      long lack = pace.lack();
      if (lack > most || (lack > 0 && lack == most && pace.movedSoFar() < moved)) {
        most = lack;
        moved = pace.movedSoFar();
        slowest = stream;
      }
    }
    return slowest;
  }

  /** Gives back the bytes and the place of a stream. */
  void end(Admission stream) {
    open.remove(stream);
    stream.close();
  }

  private record OpenStream(StreamPace pace, ClientConnection client) {
    /** Ends the stream so that it can tell its client why, unless the client reads nothing. */
    void giveWay() {
      if (pace.isWriting()) {
        client.breakOff();
      } else {
        client.endInput(LAST_WORDS_MILLIS);
      }
    }
  }

  private RejectedRequestException refusal(String detail) {
    lastRefusal.set(nanoTime.getAsLong());
    return RejectedRequestException.overloaded(detail, limits.retryAfter());
  }

  /** Whether a request was refused less than {@code retry-after} ago. */
  boolean refusedLately() {
    return nanoTime.getAsLong() - lastRefusal.get() < limits.retryAfter().toNanos();
  }
}
