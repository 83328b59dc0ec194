package io.vmxdecision.app.overload;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * What the service has taken on and not yet answered, held to {@link OverloadLimits}. Nothing waits
 * here: there is room now, or the answer is no.
 *
 * <p>Safe for use by any thread; the limits are exact under concurrency. As gauges: {@code
 * vmx.requests.in.flight}, {@code vmx.streams.in.flight} and {@code vmx.request.bytes.in.flight}.
 */
@Component
public final class InFlight {
  private final OverloadLimits limits;
  private final LongSupplier nanoTime;
  private final Semaphore requests;
  private final Semaphore streams;
  private final AtomicLong bytes = new AtomicLong();
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
    this.requests = new Semaphore(limits.requests());
    this.streams = new Semaphore(limits.streams());
    this.lastRefusal = new AtomicLong(nanoTime.getAsLong() - limits.retryAfter().toNanos());
    gauge(meters, "vmx.requests.in.flight", "Requests being answered",
        () -> limits.requests() - requests.availablePermits());
    gauge(meters, "vmx.streams.in.flight", "Streams that are open",
        () -> limits.streams() - streams.availablePermits());
    gauge(meters, "vmx.request.bytes.in.flight", "Bytes of bodies, and of what streams buffer",
        bytes::get);
  }

  private static void gauge(
      MeterRegistry meters, String name, String description, LongSupplier value) {
    Gauge.builder(name, value::getAsLong).description(description).register(meters);
  }

  /**
   * Takes {@code count} bytes, to be given back with {@link #release}.
   *
   * @return false if there is no room for them; then nothing was taken
   */
  public boolean tryReserve(long count) {
    long most = limits.bodyBytes().toBytes();
    long before;
    do {
      before = bytes.get();
      if (count > most - before) {
        return false;
      }
    } while (!bytes.compareAndSet(before, before + count));
    return true;
  }

  /** Gives back what {@link #tryReserve} took. */
  public void release(long count) {
    bytes.addAndGet(-count);
  }

  /**
   * The refusal of a request for which {@link #tryReserve} found no room, to be thrown; from now on the
   * service is not ready for a while.
   */
  public RejectedRequestException noRoomForBytes() {
    return refusal("As many bytes of requests are in flight as this service takes.");
  }

  /** Lets a request in. */
  Admission admitRequest() {
    return admit(requests, "As many requests are in flight as this service takes.");
  }

  /** Lets a stream in. */
  Admission admitStream() {
    return admit(streams, "As many streams are open as this service takes.");
  }

  private Admission admit(Semaphore places, String whenFull) {
    if (!places.tryAcquire()) {
      throw refusal(whenFull);
    }
    return new Admission(this, places);
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
