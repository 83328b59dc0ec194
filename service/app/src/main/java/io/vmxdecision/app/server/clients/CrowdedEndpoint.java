package io.vmxdecision.app.server.clients;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * An endpoint that closes connections without a request in favour of new ones when most connections are
 * taken: those that have sent nothing, those that are idle between two requests, and those that send a head
 * slowly.
 */
public class CrowdedEndpoint extends NioEndpoint {
  private static final double CROWDED = 0.75;
  private static final int PATIENCE_MILLIS = 250;

  /** How long the head of a request may take when most connections are taken. */
  static final int HEAD_MILLIS = 1000;

  private long told = System.nanoTime();

  /** Makes the poller look for expired timeouts often enough. */
  @Override
  public final void startInternal() throws Exception {
    setSelectorTimeout(PATIENCE_MILLIS);
    getSocketProperties().setTimeoutInterval(PATIENCE_MILLIS);
    super.startInternal();
  }

  /** Whether most connections are taken. */
  final boolean isCrowded() {
    return getConnectionCount() > getMaxConnections() * CROWDED;
  }

  /** The acceptor calls this before it accepts a connection, or waits until it may. */
  @Override
  protected final void countUpOrAwaitConnection() throws InterruptedException {
    if (isCrowded() && (System.nanoTime() - told > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)
        || getConnectionCount() >= getMaxConnections())) {
      told = System.nanoTime();
      getConnections().forEach(CrowdedEndpoint::giveWay);
    }
    super.countUpOrAwaitConnection();
  }

  /** Shortens the timeout after which the poller closes a connection. A request that begins sets its own. */
  private static void giveWay(SocketWrapperBase<NioChannel> connection) {
    Lock processing = connection.getLock(); // held from the first byte of a request to the last of its answer
    if (processing.tryLock()) {
      try {
        // No request is in progress: there is no processor, or it waits for the rest of a head.
        connection.setReadTimeout(connection.getCurrentProcessor() == null ? PATIENCE_MILLIS : HEAD_MILLIS);
      } finally {
        processing.unlock();
      }
    }
  }
}
