package io.vmxdecision.app.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Many clients that are slow, each in one way, moved on by one thread: a byte per {@link #tick}. None of them
 * is ever silent for long.
 */
public final class SlowClients implements AutoCloseable {
  private static final String STREAM_HEAD = """
      POST /v1/decisions/stream HTTP/1.1
      Host: x
      Content-Type: application/x-ndjson
      Transfer-Encoding: chunked

      """.replace("\n", "\r\n");
  private static final String TO_DECISIONS = "POST /v1/decisions HTTP/1.1\r\nHost: x\r\n";

  /** The body whose answer is long. */
  public static final String BATCH = batch();

  /** In what a client is slow. */
  public enum Kind {
    /** Sends a header that does not end. */
    HEAD(TO_DECISIONS + "X-Slow: ", "x"),
    /** Sends a body of a length that it has told. */
    BODY(TO_DECISIONS + "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n", " "),
    /** Sends a body in chunks without end. */
    CHUNKS(TO_DECISIONS + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        "1\r\n \r\n"),
    /** Sends a body that nobody wants, since there is nothing at that path. */
    UNWANTED("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", " "),
    /** Reads a long answer. */
    READER("POST /v1/decisions/batch?explain=true&include=evmcsPage HTTP/1.1\r\nHost: x\r\n"
        + "Content-Type: application/json\r\nContent-Length: " + BATCH.length() + "\r\n\r\n" + BATCH, ""),
    /** Has had an answer, and sends nothing more. */
    IDLE("GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    /** Sends the lines of a stream. */
    STREAM(STREAM_HEAD, "1\r\n \r\n");

    private final String first;
    private final String then;

    Kind(String first, String then) {
      this.first = first;
      this.then = then;
    }
  }

  private static String batch() {
    String request =
        "{\"snapshot\":{\"evmcsFields\":{\"revision_id\":\"0x1\",\"guest_rip\":\"0x0\"}},\"exit\":{\"reason\":\"0x12\"}}";
    return "{\"requests\":[" + (request + ",").repeat(199) + request + "]}";
  }

  private static final class Client {
    private final Kind kind;
    private final SocketChannel channel;
    private ByteBuffer toSend;
    private long received;
    private boolean begun;
    private boolean gone;

    private static ByteBuffer bytes(String text) {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    Client(Kind kind, SocketChannel channel) {
      this.kind = kind;
      this.channel = channel;
      this.toSend = bytes(kind.first);
    }

    void tick() {
      try {
        if (!toSend.hasRemaining()) {
          begun = true;
          toSend = bytes(kind.then);
        }
        channel.write(toSend);
        ByteBuffer some = ByteBuffer.allocate(kind == Kind.READER ? 1 : 1024);
        int read = channel.read(some);
        gone = read < 0;
        received += Math.max(0, read);
      } catch (IOException e) {
        gone = true; // a reset
      }
    }
  }

  private final List<Client> clients = new ArrayList<>();

  /** Connects so many more. */
  public void connect(int port, Kind kind, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open();
      if (kind == Kind.READER) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      }
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.configureBlocking(false);
      clients.add(new Client(kind, channel));
    }
  }

  /** Has each send a byte or so and, once, all before that; and read one, or what there is. */
  public void tick() {
    clients.stream().filter(client -> !client.gone).forEach(Client::tick);
  }

  /** Has readers read what has come for them, to its end. */
  public void readAll() {
    ByteBuffer much = ByteBuffer.allocate(1 << 20);
    for (Client client : clients) {
      try {
        while (!client.gone && client.channel.read(much.clear()) > 0) {
          client.received += much.position();
        }
      } catch (IOException e) {
        client.gone = true;
      }
    }
    tick();
  }

  /** The most that one of them has received. */
  public long mostReceived() {
    return clients.stream().mapToLong(client -> client.received).max().orElse(0);
  }

  /** How many of a kind the service has not parted with. */
  public long left(Kind kind) {
    return clients.stream().filter(client -> client.kind == kind && !client.gone).count();
  }

  /** How many of a kind have received something. */
  public long answered(Kind kind) {
    return clients.stream().filter(client -> client.kind == kind && client.received > 0).count();
  }

  /** Whether all have sent what they send at once. */
  public boolean haveBegun() {
    return clients.stream().allMatch(client -> client.gone || client.begun);
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.channel.close();
    }
  }
}
