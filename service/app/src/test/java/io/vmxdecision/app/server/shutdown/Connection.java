package io.vmxdecision.app.server.shutdown;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 connection that tells what an HTTP client hides: where exactly it broke off. */
final class Connection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  Connection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(180_000);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** A whole answer: its head, in lower case, and its body. */
  record Response(String head, String body) {

    boolean isLast() {
      return head.contains("\r\nconnection: close\r\n");
    }
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Reads an answer.
   *
   * @return null if the service closed the connection before the first byte of one
   * @throws IOException if it did so within one
   */
  @Nullable
  Response read() throws IOException {
    String head = head();
    if (head == null) {
      return null;
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int length = head.indexOf("\r\ncontent-length: ");
    if (length >= 0) {
      int start = length + "\r\ncontent-length: ".length();
      copy(Integer.parseInt(head.substring(start, head.indexOf('\r', start))), body);
    } else {
      while (true) {
        int size = Integer.parseInt(line(), 16);
        copy(size, body);
        line();
        if (size == 0) {
          break;
        }
      }
    }
    return new Response(head, body.toString(StandardCharsets.UTF_8));
  }

  private @Nullable String head() throws IOException {
    int first;
    try {
      first = in.read();
    } catch (SocketException e) {
      return null; // a reset
    }
    if (first < 0) {
      return null;
    }
    StringBuilder head = new StringBuilder().append((char) first);
    String line;
    do {
      line = line();
      head.append(line).append("\r\n");
    } while (!line.isEmpty());
    return head.toString().toLowerCase(Locale.ROOT);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("cut off within an answer");
      }
      line.append((char) c);
    }
    return line.substring(0, line.length() - 1);
  }

  private void copy(int count, ByteArrayOutputStream to) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("cut off within an answer");
    }
    to.writeBytes(bytes);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
