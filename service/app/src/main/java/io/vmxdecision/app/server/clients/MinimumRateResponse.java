package io.vmxdecision.app.server.clients;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A response that the client has to read at a {@link MinimumRate}, from its first bytes on. It is for answers that have an
 * end: what goes through {@link #getWriter} has no pace, and a flush does nothing, so that events sent one by one would
 * wait in the buffer until it is full.
 */
public final class MinimumRateResponse extends HttpServletResponseWrapper {
  /** What the server keeps before anything goes to the client. */
  static final int SERVER_BUFFER_BYTES = 8192;

  private final ClientLimits limits;
  private final ClientConnection connection;
  private final Waiting waiting;
  private @Nullable PacedStream stream;

  /** What holds something that it need not hold while a client is waited for. */
  public interface Waiting {
    /** Before a write that may wait for the client. */
    void lend();

    /** After it. */
    void takeBack();
  }

  /** The response, whose client is the current one; {@code waiting} is told of writes that may wait. */
  public MinimumRateResponse(HttpServletResponse response, ClientLimits limits, Waiting waiting) {
    super(response);
    this.limits = limits;
    this.connection = ClientConnection.current();
    this.waiting = waiting;
    connection.writeWithin(limits.patience().toMillis());
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      stream = new PacedStream(super.getOutputStream());
    }
    return stream;
  }

  /** Not yet, as {@link PacedStream#flush}. */
  @Override
  public void flushBuffer() {}

  private final class PacedStream extends ServletOutputStream {
    private final ServletOutputStream stream;
    private @Nullable MinimumRate pace;
    private long bytes;

    PacedStream(ServletOutputStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[]{(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      bytes += length;
      if (bytes <= SERVER_BUFFER_BYTES) {
        stream.write(buffer, offset, length);
        return;
      }
      int end = offset + length;
      for (int at = offset; at < end; at += SERVER_BUFFER_BYTES) { // pieces, between which to look at the clock
        writePaced(buffer, at, Math.min(SERVER_BUFFER_BYTES, end - at));
      }
    }

    private void writePaced(byte[] buffer, int offset, int length) throws IOException {
      if (pace == null) {
        pace = new MinimumRate(limits);
      }
      long left = pace.millisLeft();
      if (left <= 0) {
        connection.breakOff();
        throw new IOException("The client reads too slowly");
      }
      connection.writeWithin(Math.min(left, limits.patience().toMillis()));
      Turns.end();
      waiting.lend();
      try {
        stream.write(buffer, offset, length);
      } finally {
        waiting.takeBack();
      }
      pace.moved(length);
    }

    /** Not yet: what is flushed waits for the client, and the server flushes at the end. */
    @Override
    public void flush() {}

    @Override
    public void close() throws IOException {
      stream.close();
    }

    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      stream.setWriteListener(listener);
    }
  }
}
