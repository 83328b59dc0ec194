package io.vmxdecision.app.overload;

import io.vmxdecision.app.connection.ClientConnection;
import io.vmxdecision.app.connection.ClientLimits;
import io.vmxdecision.app.connection.PacedResponse;
import io.vmxdecision.app.connection.StreamPace;
import io.vmxdecision.app.connection.Turns;
import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.contract.BodyMeter;
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
 * Lets requests to the API in while there is room, and refuses the others at once, before their bodies
 * are read. Behind what times requests, since a refusal is an answer too, and behind what asks for tokens: nobody
 * is waited for who may not ask.
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

  /** What is not of the API, such as the actuator, is never refused. */
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
      if (request.getServletPath().equals(ApiPaths.STREAM)) {
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

  /** What is packed small may be large: no body is unpacked here, and none is taken for what it is not. */
  private static void requireUnpacked(HttpServletRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new RejectedRequestException(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE, "A body has to come as it is, without Content-Encoding.");
    }
  }

  /**
   * Refuses a body of another charset than UTF-8. What is no type at all is refused where types are told apart.
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
      request.setAttribute(BodyMeter.ATTRIBUTE, admission); // it knows what it holds
      request.setAttribute(StreamPace.ATTRIBUTE, pace);
      chain.doFilter(request, response);
    } finally {
      inFlight.end(admission);
    }
  }

  private void answer(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (inFlight.isFull()) {
      throw inFlight.noPlace(); // before its body is waited for
    }
    try (Admission admission = inFlight.arriving()) {
      ReceivedBody received = ReceivedBody.of(request, limits.body().toBytes(), admission, clients);
      inFlight.requireInTime(Turns.take()); // it may have waited for its body, and not for a turn
      inFlight.admit(admission);
      if (!request.getServletPath().equals(ApiPaths.BATCH)) { // which takes room for one of its requests at a time
        admission.readAtMostAll(limits.heapFor(received.length()));
      }
      request.setAttribute(BodyMeter.ATTRIBUTE, admission);
      chain.doFilter(received, new PacedResponse(response, clients, admission));
    }
  }
}
