package io.vmxdecision.app.connection;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * Reads the rest of a body that nobody wanted, such as one too large, so that a client that sends everything
 * before it reads finds its answer and not a connection that was reset. Not for long: Tomcat, which does the
 * same, would begin to wait anew with every byte.
 */
final class UnreadBodies extends ValveBase {
  /** A client that sends more than this after its answer does not listen. */
  private static final long MOST_BYTES = 64L << 20;

  private final ClientLimits limits;

  UnreadBodies(ClientLimits limits) {
    super(true);
    this.limits = limits;
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    getNext().invoke(request, response);
    if (request.isAsync() || request.isFinished()) {
      return;
    }
    Turns.end(); // the client may be slow to read
    ClientConnection.current().writeWithin(limits.patience().toMillis());
    response.finishResponse();
    if (!wasRead(request)) {
      request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null); // closes the connection
    }
  }

  private boolean wasRead(Request request) {
    ClientConnection connection = ClientConnection.current();
    Pace pace = new Pace(limits); // no byte is counted: they gain no time
    Bytes bytes = new Bytes();
    try {
      long read = 0;
      while (read < MOST_BYTES && pace.millisLeft() > 0) {
        connection.readWithin(pace.millisLeft());
        // Not by the servlet's stream, which may be closed.
        if (request.getCoyoteRequest().doRead(bytes) < 0) {
          return true;
        }
        read += bytes.buffer.remaining();
      }
    } catch (IOException | IllegalArgumentException e) {
      // The client is gone, too slow, or sends what is no body; or its head was too long for there to be one.
    }
    return false;
  }

  /** Where Tomcat puts what it has read. */
  private static final class Bytes implements ApplicationBufferHandler {
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return buffer;
    }

    @Override
    public void expand(int size) {
      throw new UnsupportedOperationException("Tomcat has buffers of its own");
    }
  }
}
