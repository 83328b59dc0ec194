package io.vmxdecision.app.connection;

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
 * Tomcat's HTTP/1.1, whose patience with the head of a request has an end. It costs no thread: the head's rest is
 * waited for by the poller, which closes the connection.
 */
public class PatientProtocol extends Http11NioProtocol {
  private static final int TURNS_PER_CPU = 4;

  private final CrowdedEndpoint endpoint;
  private @Nullable Turns turns;
  private long patienceNanos = Long.MAX_VALUE;
  private long longestWait = Long.MAX_VALUE;

  /** Made by Tomcat, as what extends this. */
  protected PatientProtocol(CrowdedEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  /** Before connections are taken: from then on their tasks have {@link Turns}. */
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
   * When most connections are taken each answer ends its own: so those that lie idle between two requests never take
   * all.
   */
  @Override
  public final int getMaxKeepAliveRequests() {
    return endpoint.isCrowded() ? 1 : super.getMaxKeepAliveRequests();
  }

  /** How long a request may wait for its turn until it is refused. Before connections are taken. */
  public final void setLongestWait(Duration wait) {
    longestWait = wait.toNanos();
  }

  /** How long the head of a request may take, from its first byte on. */
  final void setPatience(Duration patience) {
    patienceNanos = patience.toNanos();
  }

  private long patienceMillis() {
    long patience = TimeUnit.NANOSECONDS.toMillis(patienceNanos);
    return endpoint.isCrowded() ? Math.min(patience, CrowdedEndpoint.HEAD_MILLIS) : patience;
  }

  @Override
  protected final Processor createProcessor() {
    return new PatientProcessor(this, getAdapter());
  }

  private static final class PatientProcessor extends Http11Processor {
    private final PatientProtocol protocol;

    PatientProcessor(PatientProtocol protocol, Adapter adapter) {
      super(protocol, adapter);
      this.protocol = protocol;
    }

    @Override
    public SocketState service(SocketWrapperBase<?> socket) throws IOException {
      socket.setWriteTimeout(protocol.getConnectionUploadTimeout()); // until something sets another
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
