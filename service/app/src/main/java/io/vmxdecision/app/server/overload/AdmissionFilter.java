package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.server.clients.ClientConnection;
import io.vmxdecision.app.server.clients.ClientLimits;
import io.vmxdecision.app.server.clients.MinimumRateResponse;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.clients.Turns;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterProperties;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Admits requests to the API while there is room, and refuses the others before their bodies are read (load
 * shedding). The order: after the filter that times requests, since a refusal is an answer too, and after the
 * one that checks tokens, so that the service waits only for clients that may ask.
 */
@Component
@Order(SecurityFilterProperties.DEFAULT_FILTER_ORDER + 1)
class AdmissionFilter extends OncePerRequestFilter {
  private final InFlight inFlight;
  private final ServiceLimits limits;
  private final ClientLimits clients;
  private final HandlerExceptionResolver problems;

  AdmissionFilter(
      InFlight inFlight,
      ServiceLimits limits,
      ClientLimits clients,
      @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
    this.inFlight = inFlight;
    this.limits = limits;
    this.clients = clients;
    this.problems = problems;
  }

  /** Requests outside of the API, such as to the actuator, are never refused. */
  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getServletPath().startsWith(ApiPaths.API);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      inFlight.requireInTime(Turns.take());
      requireUnpacked(request);
      requireUtf8(request);
      String path = request.getServletPath();
      if (ApiPaths.WITHOUT_END.contains(path)) {
        stream(request, response, chain);
      } else {
        answer(request, response, chain);
      }
    } catch (RejectedRequestException e) {
      if (problems.resolveException(request, response, null, e) == null) {
        throw e;
      }
    }
  }

  /** Refuses compressed bodies: a small one may unpack to a large one. */
  private static void requireUnpacked(HttpServletRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new RejectedRequestException(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE, "A body has to come as it is, without Content-Encoding.");
    }
  }

  /**
   * Refuses a body in another charset than UTF-8. A malformed type is refused later, where types are
   * compared.
   */
  private static void requireUtf8(HttpServletRequest request) {
    Charset charset;
    try {
      String type = request.getContentType();
      charset = type == null ? null : MediaType.parseMediaType(type).getCharset();
    } catch (IllegalArgumentException e) {
      return;
    }
    if (charset != null && !charset.equals(StandardCharsets.UTF_8)) {
      throw new RejectedRequestException(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE,
          "A body has to be in UTF-8, and so has its Content-Type to say.");
    }
  }

  private void stream(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Turns.end();
    StreamPace pace = new StreamPace(clients);
    Admission admission = inFlight.admitStream(pace, ClientConnection.current());
    try {
      request.setAttribute(BodyMeter.ATTRIBUTE, admission); // the stream meters itself
      request.setAttribute(StreamPace.ATTRIBUTE, pace);
      chain.doFilter(request, response);
    } finally {
      inFlight.end(admission);
    }
  }

  private void answer(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (inFlight.isFull()) {
      throw inFlight.noPlace(); // before its body is received
    }
    try (Admission admission = inFlight.arriving()) {
      ReceivedBody received = ReceivedBody.of(request, limits.body().toBytes(), admission, clients);
      inFlight.requireInTime(Turns.take()); // the turn may have ended while it waited for its body
      inFlight.admit(admission);
      if (!ApiPaths.BATCHES.contains(request.getServletPath())) { // heap for one of its requests at a time
        admission.readAtMostAll(limits.heapFor(received.length()));
      }
      request.setAttribute(BodyMeter.ATTRIBUTE, admission);
      chain.doFilter(received, new MinimumRateResponse(response, clients, admission));
    }
  }
}
