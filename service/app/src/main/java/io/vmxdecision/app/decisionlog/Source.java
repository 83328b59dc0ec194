package io.vmxdecision.app.decisionlog;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Where a request came from.
 *
 * @param traceId of the trace that its HTTP request belongs to, if there is one
 */
public record Source(Via via, @Nullable String traceId) {
  private static final String TRACE_ID = "traceId";

  /** A request that came in the HTTP request which this thread answers. */
  public static Source of(Via via) {
    return new Source(via, MDC.get(TRACE_ID));
  }
}
