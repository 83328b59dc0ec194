package io.vmxdecision.app.server.shutdown;

import io.vmxdecision.app.server.clients.CrowdedEndpoint;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that can stop accepting connections without dropping any. Tomcat drops those in the listen
 * backlog, and the one that it accepts while it stops.
 */
final class DrainingEndpoint extends CrowdedEndpoint {
  private @Nullable ServerSocketChannel listener;
  private @Nullable Selector arrivals;
  private volatile boolean stopping;
  private volatile boolean accepting;
  private final LongAdder accepted = new LongAdder();

  /** Makes the listener non-blocking, so that {@link #stopAccepting} can wake the acceptor. */
  @Override
  protected void initServerSocket() throws Exception {
    super.initServerSocket();
    ServerSocketChannel channel = (ServerSocketChannel) getServerSocket();
    Selector selector = Selector.open();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_ACCEPT);
    listener = channel;
    arrivals = selector;
    stopping = false;
    accepting = true;
  }

  /** Only the acceptor thread calls this. */
  @Override
  protected SocketChannel serverSocketAccept() throws IOException {
    ServerSocketChannel channel = Objects.requireNonNull(listener);
    Selector selector = Objects.requireNonNull(arrivals);
    while (true) {
      boolean last = stopping;
      if (last) {
        selector.close(); // else the registered channel would be closed only later
      }
      SocketChannel connection = channel.accept();
      if (connection != null) {
        accepted.increment();
        return connection;
      }
      if (last) {
        channel.close();
        acceptor.stopMillis(-1);
        accepting = false;
        return SocketChannel.open(); // a stopped acceptor discards it
      }
      selector.select();
      selector.selectedKeys().clear();
    }
  }

  @Override
  protected void doCloseServerSocket() throws IOException {
    accepting = false;
    super.doCloseServerSocket();
    if (arrivals != null) {
      arrivals.close(); // wakes the acceptor
    }
  }

  /** Accepts the connections in the listen backlog, and no others. */
  void stopAccepting() {
    stopping = true;
    if (arrivals != null) {
      arrivals.wakeup();
    }
  }

  boolean isAccepting() {
    return accepting;
  }

  /** The connections accepted so far. */
  long accepted() {
    return accepted.sum();
  }

  /** Whether no request is in progress, and no connection has moved a byte for {@code millis}. */
  boolean isQuietFor(long millis) {
    long since = System.currentTimeMillis() - millis; // the clock of Tomcat's timestamps
    return getConnections().stream().allMatch(connection -> isQuiet(connection, since));
  }

  private static boolean isQuiet(SocketWrapperBase<NioChannel> connection, long since) {
    Lock processing = connection.getLock(); // held from the first byte of a request to the last of its answer
    if (!processing.tryLock()) {
      return false;
    }
    try {
      NioSocketWrapper socket = (NioSocketWrapper) connection;
      return socket.isClosed() || Math.max(socket.getLastRead(), socket.getLastWrite()) < since;
    } finally {
      processing.unlock();
    }
  }
}
