package io.vmxdecision.app.connection;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.function.LongConsumer;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** The connection that a request came over, as far as its timeouts go. */
public final class ClientConnection {
  private static final ScopedValue<SocketWrapperBase<?>> CURRENT = ScopedValue.newInstance();

  private final @Nullable SocketWrapperBase<?> socket;

  private ClientConnection(@Nullable SocketWrapperBase<?> socket) {
    this.socket = socket;
  }

  /** The one of the request that this thread answers; one without timeouts where that is not known. */
  public static ClientConnection current() {
    return new ClientConnection(CURRENT.isBound() ? CURRENT.get() : null);
  }

  /** Runs what answers requests of {@code socket}. */
  static <R, X extends Throwable> R in(
      SocketWrapperBase<?> socket, ScopedValue.CallableOp<R, X> answering) throws X {
    return ScopedValue.where(CURRENT, socket).call(answering);
  }

  /** How long the next reads may each wait for the client. */
  public void readWithin(long millis) {
    set(socket == null ? null : socket::setReadTimeout, millis);
  }

  /** Whether the next read finds bytes of the client's, and does not wait; false where that is not known. */
  public boolean hasBytes() throws IOException {
    return socket != null && socket.isReadyForRead();
  }

  /** How long the next writes may each wait for the client, while it takes nothing. */
  void writeWithin(long millis) {
    set(socket == null ? null : socket::setWriteTimeout, millis);
  }

  private static void set(@Nullable LongConsumer timeout, long millis) {
    if (timeout != null) {
      timeout.accept(Math.max(1, millis)); // 0 is for ever
    }
  }

  /**
   * Ends what the client sends, as if it had gone away: whoever waits for more of it wakes, and can still tell the client
   * why, which the client has to read within {@code millis}. For any thread.
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

  /** Breaks the connection off. Whoever waits for the client wakes, and finds it gone. For any thread. */
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
