package io.vmxdecision.app.problem;

import io.micrometer.common.KeyValue;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.ServerHttpObservationFilter;

/**
 * Keeps an answer that was broken off from being counted as a good one: its status was sent before anybody knew. In
 * {@code http.server.requests} it has {@code status} and {@code outcome} {@code UNKNOWN}.
 */
@Component
public class BrokenAnswers extends DefaultServerRequestObservationConvention {
  private static final String UNKNOWN = "UNKNOWN";

  /** Says that the answer to {@code request} was broken off, because of {@code fault}. */
  public static void mark(HttpServletRequest request, Exception fault) {
    ServerHttpObservationFilter.findObservationContext(request)
        .ifPresent(context -> context.setError(fault));
  }

  @Override
  protected KeyValue status(ServerRequestObservationContext context) {
    return isBroken(context) ? KeyValue.of("status", UNKNOWN) : super.status(context);
  }

  @Override
  protected KeyValue outcome(ServerRequestObservationContext context) {
    return isBroken(context) ? KeyValue.of("outcome", UNKNOWN) : super.outcome(context);
  }

  private static boolean isBroken(ServerRequestObservationContext context) {
    return context.getError() != null
        && context.getResponse() != null
        && context.getResponse().getStatus() < 400;
  }
}
