package io.vmxdecision.app.server.clients;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1 with a limit to the time of a request's head. It costs no thread: the poller waits for
 * the rest of the head, and closes the connection.
 */
public class HeadTimeoutProtocol extends Http11NioProtocol {
  private static final int TURNS_PER_CPU = 4;

  private final CrowdedEndpoint endpoint;
  private @Nullable Turns turns;
  private long patienceNanos = Long.MAX_VALUE;
  private long longestWait = Long.MAX_VALUE;

  /** A protocol over {@code endpoint}. Tomcat makes the subclass. */
  protected HeadTimeoutProtocol(CrowdedEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  /** Makes the tasks of all connections take {@link Turns}. */
  @Override
  public final void start() throws Exception {
    Executor threads = getExecutor();
    if (threads != null && turns == null) {
      turns =
          new Turns(threads, TURNS_PER_CPU * Runtime.getRuntime().availableProcessors(), longestWait,
              System::nanoTime);
      turns.start();
      setExecutor(turns);
    }
    super.start();
  }

  @Override
  public final void destroy() throws Exception {
    super.destroy();
    if (turns != null) {
      turns.close();
    }
  }

  /**
   * 1 when most connections are taken, so that each answer closes its connection. So idle connections never
   * take all.
   */
  @Override
  public final int getMaxKeepAliveRequests() {
    return endpoint.isCrowded() ? 1 : super.getMaxKeepAliveRequests();
  }

  /** Sets how long a request may wait for its turn before it is refused. To be called before the start. */
  public final void setLongestWait(Duration wait) {
    longestWait = wait.toNanos();
  }

  /** Sets how long the head of a request may take, from its first byte on. */
  final void setPatience(Duration patience) {
    patienceNanos = patience.toNanos();
  }

  private long patienceMillis() {
    long patience = TimeUnit.NANOSECONDS.toMillis(patienceNanos);
    return endpoint.isCrowded() ? Math.min(patience, CrowdedEndpoint.HEAD_MILLIS) : patience;
  }

  @Override
  protected final Processor createProcessor() {
    return new HeadTimeoutProcessor(this, getAdapter());
  }

  private static final class HeadTimeoutProcessor extends Http11Processor {
    private final HeadTimeoutProtocol protocol;

    HeadTimeoutProcessor(HeadTimeoutProtocol protocol, Adapter adapter) {
      super(protocol, adapter);
      this.protocol = protocol;
    }

    @Override
    public SocketState service(SocketWrapperBase<?> socket) throws IOException {
      socket.setWriteTimeout(protocol.getConnectionUploadTimeout()); // until the request sets its own
      SocketState state = ClientConnection.in(socket, () -> super.service(socket));
      if (state != SocketState.LONG || isAsync()) {
        return state;
      }
      // The head is not complete.
      long taken = System.nanoTime() - getRequest().getStartTimeNanos();
      long left = protocol.patienceMillis() - TimeUnit.NANOSECONDS.toMillis(taken);
      if (left <= 0) {
        return SocketState.CLOSED;
      }
      socket.setReadTimeout(left);
      return state;
    }
  }
}
