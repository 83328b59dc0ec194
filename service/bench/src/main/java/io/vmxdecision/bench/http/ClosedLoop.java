package io.vmxdecision.bench.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Clients that each send the next request when the last is answered, all on one thread: it looks at those that have
 * something to do one after the other, so none of them waits for long for its CPU and takes that for the server's
 * time. Who is refused comes again a tenth of a second later, over a new connection.
 */
final class ClosedLoop implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MOST_ANSWER_BYTES = 64 * 1024;

  private final InetSocketAddress server;
  private final byte[] request;
  private final Selector selector = Selector.open();
  private final Queue<Long> pauses = new ArrayDeque<>(); // their ends, of those who will come again
  private final List<Long> accepted = new ArrayList<>();
  private final List<Long> refused = new ArrayList<>();
  private long others;

  ClosedLoop(int port, byte[] request) throws IOException {
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.request = request;
  }

  /** How long each 200 took, in nanoseconds. */
  List<Long> accepted() {
    return accepted;
  }

  /** How long each 503 took, in nanoseconds. */
  List<Long> refused() {
    return refused;
  }

  /** Answers that were neither, and connections that broke. */
  long others() {
    return others;
  }

  /** Runs so many clients until then, by {@link System#nanoTime}. */
  void run(int clients, long end) throws IOException {
    for (int i = 0; i < clients; i++) {
      new Client();
    }
    while (System.nanoTime() < end) {
      selector.select(key -> ((Client) key.attachment()).go(), 10);
      while (!pauses.isEmpty() && System.nanoTime() >= pauses.element()) {
        pauses.remove();
        new Client();
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }

  private final class Client {
    private final ByteBuffer toSend = ByteBuffer.wrap(request);
    private final ByteBuffer answer = ByteBuffer.allocate(MOST_ANSWER_BYTES);
    private final SocketChannel channel;
    private final SelectionKey key;
    private long sent;

    Client() throws IOException {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      begin();
      key = channel.register(selector,
          channel.connect(server) ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT);
      key.attach(this);
    }

    private void begin() {
      toSend.rewind();
      answer.clear();
      sent = System.nanoTime();
    }

    void go() {
      try {
        if (key.isConnectable()) {
          channel.finishConnect();
          key.interestOps(SelectionKey.OP_WRITE);
        } else if (key.isWritable()) {
          send();
        } else if (key.isReadable()) {
          receive();
        }
      } catch (IOException e) {
        others++;
        pause();
      }
    }

    private void send() throws IOException {
      channel.write(toSend);
      key.interestOps(toSend.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private void receive() throws IOException {
      if (channel.read(answer) < 0) {
        throw new EOFException();
      }
      String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
      if (!isWhole(text)) {
        return;
      }
      long taken = System.nanoTime() - sent;
      if (text.startsWith("HTTP/1.1 200")) {
        accepted.add(taken);
        begin();
        send();
      } else {
        if (text.startsWith("HTTP/1.1 503")) {
          refused.add(taken);
        } else {
          others++;
        }
        pause();
      }
    }

    private static boolean isWhole(String answer) {
      int head = answer.indexOf("\r\n\r\n");
      if (head < 0) {
        return false;
      }
      String name = "\r\ncontent-length: ";
      int length = answer.substring(0, head).toLowerCase(Locale.ROOT).indexOf(name);
      if (length < 0) {
        return answer.endsWith("\r\n0\r\n\r\n");
      }
      String bytes = answer.substring(length + name.length()).lines().findFirst().orElseThrow();
      return answer.length() >= head + 4 + Integer.parseInt(bytes);
    }

    private void pause() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      pauses.add(System.nanoTime() + PAUSE_NANOS);
    }
  }
}
