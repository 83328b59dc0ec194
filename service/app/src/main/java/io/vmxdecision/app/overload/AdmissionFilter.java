package io.vmxdecision.app.overload;

import io.vmxdecision.app.contract.ApiPaths;
import io.vmxdecision.app.contract.BodyMeter;
import io.vmxdecision.app.contract.MeteredBody;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Lets requests to the API in while there is room, and refuses the others at once, before their bodies
 * are read. Early in the chain, but behind what times requests: a refusal is an answer too.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
class AdmissionFilter extends OncePerRequestFilter {
  private final InFlight inFlight;
  private final long longestBody;
  private final HandlerExceptionResolver problems;

  AdmissionFilter(
      InFlight inFlight,
      ServiceLimits limits,
      @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
    this.inFlight = inFlight;
    this.longestBody = limits.body().toBytes();
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
    Admission admission;
    HttpServletRequest admitted = request;
    try {
      if (request.getServletPath().equals(ApiPaths.STREAM)) {
        admission = inFlight.admitStream();
        request.setAttribute(BodyMeter.ATTRIBUTE, admission); // it knows what it holds
      } else {
        admission = inFlight.admitRequest();
        admitted = withBody(request, admission);
      }
    } catch (RejectedRequestException e) {
      if (problems.resolveException(request, response, null, e) == null) {
        throw e;
      }
      return;
    }
    try {
      chain.doFilter(admitted, response);
    } finally {
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(new ClosingListener(admission));
      } else {
        admission.close();
      }
    }
  }

  /** A body whose length is told is counted now, another one as it is read. */
  private HttpServletRequest withBody(HttpServletRequest request, Admission admission) {
    long length = request.getContentLengthLong();
    if (length < 0) {
      return new MeteredBody(request, admission);
    }
    if (length <= longestBody) { // a longer one is refused for that, and not read
      try {
        admission.read(length);
      } catch (RejectedRequestException e) {
        admission.close();
        throw e;
      }
    }
    return request;
  }

  private record ClosingListener(Admission admission) implements AsyncListener {

    @Override
    public void onComplete(AsyncEvent event) {
      admission.close();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // onComplete follows.
    }

    @Override
    public void onError(AsyncEvent event) {
      // onComplete follows.
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this); // an asynchronous request that goes on as another
    }
  }
}
