package io.vmxdecision.app.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A request whose body is sent piece by piece while the answer comes in, which the JDK's client does not
 * do. HTTP/1.1 with chunks, by hand.
 */
public final class StreamClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 120_000;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private boolean headRead;
  private long chunkLeft;
  private boolean ended;

  public StreamClient(int port, String path, String contentType) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    write("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + contentType
        + "\r\nTransfer-Encoding: chunked\r\n\r\n");
  }

  /** Sends bytes as one chunk. */
  public void send(byte[] bytes, int offset, int length) throws IOException {
    write(Integer.toHexString(length) + "\r\n");
    out.write(bytes, offset, length);
    write("\r\n");
  }

  public void send(byte[] bytes) throws IOException {
    send(bytes, 0, bytes.length);
  }

  public void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Ends the request. */
  public void end() throws IOException {
    write("0\r\n\r\n");
  }

  /** Reads so many bytes of the answer, or fewer at its end. */
  public byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    int count = 0;
    while (count < length) {
      int read = readSome(bytes, count, length - count);
      if (read < 0) {
        return Arrays.copyOf(bytes, count);
      }
      count += read;
    }
    return bytes;
  }

  /** Reads the answer up to the end of a line. */
  public String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] one = new byte[1];
    while (readSome(one, 0, 1) == 1 && one[0] != '\n') {
      line.write(one[0]);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Reads the answer to its end. */
  public byte[] readAll() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[64 * 1024];
    for (int read = readSome(piece, 0, piece.length); read >= 0; read = readSome(piece, 0, piece.length)) {
      all.write(piece, 0, read);
    }
    return all.toByteArray();
  }

  /** Reads some bytes of the answer, or -1 at its end. */
  public int readSome(byte[] bytes, int offset, int length) throws IOException {
    readHead();
    if (chunkLeft == 0 && !ended) {
      String size = headLine();
      chunkLeft = Long.parseLong(size, 16);
      if (chunkLeft == 0) {
        headLine();
        ended = true;
      }
    }
    if (ended) {
      return -1;
    }
    int read = in.read(bytes, offset, (int) Math.min(length, chunkLeft));
    assertThat(read).as("the answer ended within a chunk").isPositive();
    chunkLeft -= read;
    if (chunkLeft == 0) {
      headLine();
    }
    return read;
  }

  private void readHead() throws IOException {
    if (headRead) {
      return;
    }
    assertThat(headLine()).startsWith("HTTP/1.1 200");
    boolean chunked = false;
    for (String line = headLine(); !line.isEmpty(); line = headLine()) {
      chunked |= line.toLowerCase(Locale.ROOT).equals("transfer-encoding: chunked");
      if (line.equals("Content-Length: 0")) {
        ended = true;
      }
    }
    assertThat(chunked || ended).isTrue();
    headRead = true;
  }

  private String headLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      assertThat(c).as("the connection was closed after \"%s\"", line).isNotNegative();
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
