package io.vmxdecision.app.connection;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Tomcat's endpoint, whose connections without a request give way to newcomers: those that have sent nothing, those
 * that lie idle between two requests, and those that are slow to send a head.
 */
public class CrowdedEndpoint extends NioEndpoint {
  private static final double CROWDED = 0.75;
  private static final int PATIENCE_MILLIS = 250;

  /** How long a head may take when most connections are taken. */
  static final int HEAD_MILLIS = 1000;

  private long told = System.nanoTime();

  /** Its poller looks often enough who has run out of patience. */
  @Override
  public final void startInternal() throws Exception {
    setSelectorTimeout(PATIENCE_MILLIS);
    getSocketProperties().setTimeoutInterval(PATIENCE_MILLIS);
    super.startInternal();
  }

  /** Whether most of the connections that there may be are taken. */
  final boolean isCrowded() {
    return getConnectionCount() > getMaxConnections() * CROWDED;
  }

  /** Called by the acceptor, before it accepts a connection or waits until it may. */
  @Override
  protected final void countUpOrAwaitConnection() throws InterruptedException {
    if (isCrowded() && (System.nanoTime() - told > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)
        || getConnectionCount() >= getMaxConnections())) {
      told = System.nanoTime();
      getConnections().forEach(CrowdedEndpoint::giveWay);
    }
    super.countUpOrAwaitConnection();
  }

  /** The poller closes it when it has been idle for so long; what has a request by then sets a time of its own. */
  private static void giveWay(SocketWrapperBase<NioChannel> connection) {
    Lock processing = connection.getLock(); // held from the first byte of a request to the last of its answer
    if (processing.tryLock()) {
      try {
        // Nobody processes it: it has no processor, or that waits for the rest of a head.
        connection.setReadTimeout(connection.getCurrentProcessor() == null ? PATIENCE_MILLIS : HEAD_MILLIS);
      } finally {
        processing.unlock();
      }
    }
  }
}
