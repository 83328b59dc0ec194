package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Ends the reading of a body at the limit, whatever its headers say of its length. */
@Component
class BodyLimit extends OncePerRequestFilter {
  private final long limit;

  BodyLimit(ServiceLimits limits) {
    this.limit = limits.body().toBytes();
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getServletPath().equals(ApiPaths.STREAM); // which bounds what it holds at a time
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(new LimitedRequest(request, new Count(limit)), response);
  }

  private static final class LimitedRequest extends MeteredBody {
    private final Count count;

    LimitedRequest(HttpServletRequest request, Count count) {
      super(request, count);
      this.count = count;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      count.check(getContentLengthLong());
      return super.getInputStream();
    }
  }

  private static final class Count implements BodyMeter {
    private final long limit;
    private long bytes;

    Count(long limit) {
      this.limit = limit;
    }

    @Override
    public void read(long count) {
      bytes += count;
      check(bytes);
    }

    void check(long length) {
      if (length > limit) {
        throw new RejectedRequestException(
            ProblemKind.PAYLOAD_TOO_LARGE, "The body is larger than " + limit + " bytes.");
      }
    }
  }
}
