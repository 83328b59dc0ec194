package io.vmxdecision.app.server.clients;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.function.LongConsumer;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** The connection of a request: its timeouts, and how to end it. */
public final class ClientConnection {
  private static final ScopedValue<SocketWrapperBase<?>> CURRENT = ScopedValue.newInstance();

  private final @Nullable SocketWrapperBase<?> socket;

  private ClientConnection(@Nullable SocketWrapperBase<?> socket) {
    this.socket = socket;
  }

  /** The connection of the request that this thread answers. Where that is unknown, its methods do nothing. */
  public static ClientConnection current() {
    return new ClientConnection(CURRENT.isBound() ? CURRENT.get() : null);
  }

  /** Runs {@code answering}, to which {@code socket} is the current connection. */
  static <R, X extends Throwable> R in(
      SocketWrapperBase<?> socket, ScopedValue.CallableOp<R, X> answering) throws X {
    return ScopedValue.where(CURRENT, socket).call(answering);
  }

  /** Sets how long each of the next reads may wait for the client, in milliseconds. */
  public void readWithin(long millis) {
    set(socket == null ? null : socket::setReadTimeout, millis);
  }

  /** Whether bytes have arrived, so that the next read does not wait; false where that is unknown. */
  public boolean hasBytes() throws IOException {
    return socket != null && socket.isReadyForRead();
  }

  /** Sets how long each of the next writes may wait for a client that reads nothing, in milliseconds. */
  void writeWithin(long millis) {
    set(socket == null ? null : socket::setWriteTimeout, millis);
  }

  private static void set(@Nullable LongConsumer timeout, long millis) {
    if (timeout != null) {
      timeout.accept(Math.max(1, millis)); // 0 is for ever
    }
  }

  /**
   * Ends the input, as if the client had gone away. A thread that waits for it wakes, and can still tell the
   * client why. The client has to read that within {@code millis}. Safe for use by any thread.
   */
  public void endInput(long millis) {
    writeWithin(millis);
    if (socket != null && socket.getSocket() instanceof NioChannel channel) {
      try {
        channel.getIOChannel().shutdownInput();
      } catch (IOException e) {
        // It is closed already.
      }
    }
  }

  /**
   * Breaks the connection off. A thread that waits for the client wakes, and finds it gone. Safe for use by
   * any thread.
   */
  public void breakOff() {
    if (socket != null && socket.getSocket() instanceof NioChannel channel) {
      SocketChannel connection = channel.getIOChannel();
      try {
        connection.shutdownInput();
        connection.shutdownOutput();
      } catch (IOException e) {
        // It is closed already.
      }
    }
  }
}
