package io.vmxdecision.app.overload;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.connection.ClientConnection;
import io.vmxdecision.app.connection.StreamPace;
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
 * What the service has taken on and not yet answered, held to {@link OverloadLimits}. Nothing waits
 * here to get in: there is room now, or the answer is no. What had to wait before, for a CPU, is refused if that was
 * long.
 *
 * <p>A request has a place from when its body has come, and lends it to others while it waits for its client to
 * read. So places are for work, and clients that are slow to send or to read do not keep fast ones out, however
 * many they are. What they do hold is bytes, drawn on one {@link Account} for all, for as long as their pace is one
 * that is waited for.
 *
 * <p>Safe for use by any thread; the limits are exact under concurrency. As gauges: {@code
 * vmx.requests.in.flight}, {@code vmx.streams.in.flight}, {@code vmx.request.bytes.in.flight} and {@code
 * vmx.disk.bytes.in.flight}.
 */
@Component
public final class InFlight {
  /** How long a stream that gave way waits for its client to read why. */
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
   * The refusal of a request that there is no room for in {@link #heap}, to be thrown; from now on the
   * service is not ready for a while.
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

  /** A request on its way, that holds no more than what has come of its body. */
  Admission arriving() {
    return new Admission(this, requests, false);
  }

  /** Lets a request in that has come as a whole. */
  void admit(Admission arrived) {
    if (!arrived.tryPlace()) {
      throw noPlace();
    }
  }

  /** The refusal of a request that there is no place for. */
  RejectedRequestException noPlace() {
    return refusal("As many requests are in flight as this service takes.");
  }

  /** Lets a stream in, in the place of the slowest if that is too slow and there is no other. */
  Admission admitStream(StreamPace pace, ClientConnection client) {
    Admission admission = new Admission(this, streams, false);
    while (!admission.tryPlace()) {
      Map.Entry<Admission, OpenStream> slowest = slowest();
      if (slowest == null) {
        throw refusal("As many streams are open as this service takes.");
      }
      open.remove(slowest.getKey());
      if (slowest.getKey().yieldPlace()) { // else it has just ended, or left its place to another
        slowest.getValue().giveWay();
        admission = new Admission(this, streams, true);
        break;
      }
    }
    open.put(admission, new OpenStream(pace, client));
    return admission;
  }

  /** The stream that lacks most, and of such the one that has moved least so far; null if none lacks anything. */
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

  /** Gives back what a stream holds. */
  void end(Admission stream) {
    open.remove(stream);
    stream.close();
  }

  private record OpenStream(StreamPace pace, ClientConnection client) {
    /** Ends it so that it can tell its client; a client that reads nothing cannot be told. */
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

  /** Whether somebody was refused less than {@code retry-after} ago. */
  boolean refusedLately() {
    return nanoTime.getAsLong() - lastRefusal.get() < limits.retryAfter().toNanos();
  }
}
