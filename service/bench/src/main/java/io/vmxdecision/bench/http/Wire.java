package io.vmxdecision.bench.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/** HTTP/1.1 by hand, so that the client costs little beside the server. */
final class Wire {
  private static final int PIECE_BYTES = 256 * 1024;

  private Wire() {}

  /**
   * Sends {@code head} and then {@code batch} so often that the body has {@code bodyBytes}, while
   * reading the answer to its end.
   *
   * @return the bytes of the answer, with its head and chunks
   */
  static long exchange(int port, String path, String type, byte[] head, byte[] batch, long batches)
      throws IOException, InterruptedException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      long bodyBytes = head.length + batch.length * batches;
      OutputStream out = socket.getOutputStream();
      AtomicReference<IOException> failure = new AtomicReference<>();
      Thread sender =
          new Thread(
              () -> {
                try {
                  out.write(
                      ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                          + type + "\r\nContent-Length: " + bodyBytes + "\r\n\r\n")
                          .getBytes(StandardCharsets.ISO_8859_1));
                  out.write(head);
                  for (long i = 0; i < batches; i++) {
                    out.write(batch);
                  }
                } catch (IOException e) {
                  failure.set(e);
                }
              });
      sender.start();
      InputStream in = socket.getInputStream();
      byte[] piece = new byte[PIECE_BYTES];
      long answer = 0;
      byte[] first = in.readNBytes(12);
      if (!new String(first, StandardCharsets.ISO_8859_1).equals("HTTP/1.1 200")) {
        throw new IOException(new String(first, StandardCharsets.ISO_8859_1));
      }
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        answer += count;
      }
      sender.join();
      if (failure.get() != null) {
        throw failure.get();
      }
      return answer;
    }
  }

  /** A connection that is used again and again. */
  static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private int start;
    private int end;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    }

    /** Sends a whole request and reads its answer, which has to be a 200; gives the body's length. */
    int call(byte[] request) throws IOException {
      out.write(request);
      if (!line().startsWith("HTTP/1.1 200")) {
        throw new IOException("an answer that is no 200");
      }
      return passOver();
    }

    /** Sends a whole request and reads its answer; gives the status. */
    int status(byte[] request) throws IOException {
      out.write(request);
      int status = Integer.parseInt(line().substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3));
      passOver();
      return status;
    }

    /** The rest of the answer; gives the body's length. */
    private int passOver() throws IOException {
      int length = -1;
      for (String line = line(); !line.isEmpty(); line = line()) {
        if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      if (length >= 0) {
        skip(length);
        return length;
      }
      int total = 0;
      while (true) {
        int chunk = Integer.parseInt(line(), 16);
        skip(chunk + 2);
        if (chunk == 0) {
          return total;
        }
        total += chunk;
      }
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        if (start == end) {
          fill();
        }
        byte b = buffer[start++];
        if (b == '\n') {
          return line.toString();
        }
        if (b != '\r') {
          line.append((char) b);
        }
      }
    }

    private void skip(int bytes) throws IOException {
      int left = bytes;
      while (left > 0) {
        if (start == end) {
          fill();
        }
        int part = Math.min(left, end - start);
        start += part;
        left -= part;
      }
    }

    private void fill() throws IOException {
      start = 0;
      end = in.read(buffer);
      if (end < 0) {
        throw new EOFException();
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
