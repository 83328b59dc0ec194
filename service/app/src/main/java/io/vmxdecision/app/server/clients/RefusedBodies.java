package io.vmxdecision.app.server.clients;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * Reads the rest of a body that was refused, such as one that is too large. So a client that sends everything
 * before it reads finds its answer, and not a reset connection. The time for it is limited, unlike in Tomcat,
 * whose timeout restarts with every byte.
 */
final class RefusedBodies extends ValveBase {
  /** A client that sends more than this after its answer does not read it. */
  private static final long MOST_BYTES = 64L << 20;

  private final ClientLimits limits;

  RefusedBodies(ClientLimits limits) {
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
    MinimumRate pace = new MinimumRate(limits); // bytes are not counted, so they earn no time
    Bytes bytes = new Bytes();
    try {
      long read = 0;
      while (read < MOST_BYTES && pace.millisLeft() > 0) {
        connection.readWithin(pace.millisLeft());
        // Not through the servlet's stream, which may be closed.
        if (request.getCoyoteRequest().doRead(bytes) < 0) {
          return true;
        }
        read += bytes.buffer.remaining();
      }
    } catch (IOException | IllegalArgumentException e) {
      // The client is gone, is too slow or sends no valid body; or its head was too long for a body.
    }
    return false;
  }

  /** The buffer that Tomcat reads into. */
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
