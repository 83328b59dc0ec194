package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.server.clients.ClientConnection;
import io.vmxdecision.app.server.clients.ClientLimits;
import io.vmxdecision.app.server.clients.MinimumRate;
import io.vmxdecision.app.server.clients.Turns;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.springframework.http.HttpHeaders;

/** A request whose body was received as a whole. */
final class ReceivedBody extends HttpServletRequestWrapper {
  /**
   * The first size of the buffer of a body, whatever its {@code Content-Length}. It is a part of the heap
   * that is reserved for each connection.
   */
  private static final int FIRST_BYTES = 8192;

  private final byte[] body;

  private ReceivedBody(HttpServletRequest request, byte[] body) {
    super(request);
    this.body = body;
  }

  /**
   * Waits for the body of a request.
   *
   * @param admission meters the buffer beyond its first {@value #FIRST_BYTES} bytes, before it grows
   * @throws RejectedRequestException when the body is too long, too slow or breaks off, or when
   *     {@code admission} has no room for it
   */
  static ReceivedBody of(
      HttpServletRequest request, long limit, Admission admission, ClientLimits clients) {
    long told = told(request);
    requireAtMost(limit, told);
    ClientConnection connection = ClientConnection.current();
    MinimumRate pace = new MinimumRate(clients);
    int first = (int) (told < 0 ? FIRST_BYTES : Math.min(told, FIRST_BYTES));
    byte[] body = new byte[first];
    int count = 0;
    try {
      InputStream in = request.getInputStream();
      while (count != told) {
        if (count == body.length) {
          long most = told < 0 ? limit + 1 : told;
          int longer = (int) Math.min(most, 2L * body.length);
          admission.readToWait(longer - body.length);
          body = Arrays.copyOf(body, longer);
        }
        if (in.available() == 0 && !connection.hasBytes()) {
          Turns.end();
        }
        connection.readWithin(pace.millisLeft());
        int read = in.read(body, count, body.length - count);
        if (read < 0) {
          break;
        }
        pace.moved(read);
        count += read;
        requireAtMost(limit, count);
        if (count != told && pace.millisLeft() <= 0) {
          throw tooSlow();
        }
      }
    } catch (IOException e) {
      throw pace.millisLeft() <= 0
          ? tooSlow()
          : new RejectedRequestException(
              ProblemKind.INVALID_REQUEST, "The body breaks off, or is not of the length that it says.");
    }
    int drawn = body.length - first;
    if (drawn < count) {
      admission.read(count - drawn);
    } else {
      admission.release(drawn - count);
    }
    return new ReceivedBody(request, count < body.length ? Arrays.copyOf(body, count) : body);
  }

  /** The {@code Content-Length}: 0 if there is none, and -1 if the body comes in chunks. */
  private static long told(HttpServletRequest request) {
    boolean chunked = request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    return chunked ? -1 : Math.max(0, request.getContentLengthLong());
  }

  private static void requireAtMost(long limit, long length) {
    if (length > limit) {
      throw new RejectedRequestException(
          ProblemKind.PAYLOAD_TOO_LARGE, "The body is larger than " + limit + " bytes.");
    }
  }

  private static RejectedRequestException tooSlow() {
    return new RejectedRequestException(
        ProblemKind.REQUEST_TIMEOUT, "The body came more slowly than this service waits for.");
  }

  /** The length of the body in bytes. */
  int length() {
    return body.length;
  }

  @Override
  public ServletInputStream getInputStream() {
    return new ReceivedStream(body);
  }

  private static final class ReceivedStream extends ServletInputStream {
    private final byte[] body;
    private int position;

    ReceivedStream(byte[] body) {
      this.body = body;
    }

    @Override
    public int read() {
      return position == body.length ? -1 : body[position++] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int left = body.length - position;
      if (left == 0 && length > 0) {
        return -1;
      }
      int count = Math.min(left, length);
      System.arraycopy(body, position, buffer, offset, count);
      position += count;
      return count;
    }

    /** The first read of the whole body returns the array itself, without a copy. */
    @Override
    public byte[] readNBytes(int length) throws IOException {
      if (position > 0 || length < body.length) {
        return super.readNBytes(length);
      }
      position = body.length;
      return body;
    }

    @Override
    public byte[] readAllBytes() throws IOException {
      return readNBytes(Integer.MAX_VALUE);
    }

    @Override
    public int available() {
      return body.length - position;
    }

    @Override
    public boolean isFinished() {
      return position == body.length;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new IllegalStateException("a body that has come is read at once");
    }
  }
}
