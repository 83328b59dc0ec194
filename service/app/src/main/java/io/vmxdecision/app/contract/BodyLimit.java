package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Ends the reading of a body at the limit, whatever its headers say of its length. */
@Component
class BodyLimit extends OncePerRequestFilter {
  /** Whose bodies have no end; they bound what they hold of them at a time. */
  private static final String STREAMS = "/v1/decisions/stream";

  private final long limit;

  BodyLimit(ServiceLimits limits) {
    this.limit = limits.body().toBytes();
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getServletPath().equals(STREAMS);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(new LimitedRequest(request, limit), response);
  }

  private static RejectedRequestException tooLarge(long limit) {
    return new RejectedRequestException(
        ProblemKind.PAYLOAD_TOO_LARGE, "The body is larger than " + limit + " bytes.");
  }

  private static final class LimitedRequest extends HttpServletRequestWrapper {
    private final long limit;

    LimitedRequest(HttpServletRequest request, long limit) {
      super(request);
      this.limit = limit;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      if (getContentLengthLong() > limit) {
        throw tooLarge(limit);
      }
      return new LimitedStream(super.getInputStream(), limit);
    }
  }

  private static final class LimitedStream extends ServletInputStream {
    private final ServletInputStream stream;
    private final long limit;
    private long count;

    LimitedStream(ServletInputStream stream, long limit) {
      this.stream = stream;
      this.limit = limit;
    }

    @Override
    public int read() throws IOException {
      int value = stream.read();
      count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = stream.read(buffer, offset, length);
      count(Math.max(read, 0));
      return read;
    }

    private void count(int read) {
      count += read;
      if (count > limit) {
        throw tooLarge(limit);
      }
    }

    @Override
    public boolean isFinished() {
      return stream.isFinished();
    }

    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      stream.setReadListener(listener);
    }
  }
}
