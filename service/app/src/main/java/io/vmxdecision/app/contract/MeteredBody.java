package io.vmxdecision.app.contract;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;

/** A request whose body's bytes are counted as they are read. */
public class MeteredBody extends HttpServletRequestWrapper {
  private final BodyMeter meter;

  /** The request with its body counted by {@code meter}. */
  public MeteredBody(HttpServletRequest request, BodyMeter meter) {
    super(request);
    this.meter = meter;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    return new MeteredStream(super.getInputStream(), meter);
  }

  private static final class MeteredStream extends ServletInputStream {
    private final ServletInputStream stream;
    private final BodyMeter meter;

    MeteredStream(ServletInputStream stream, BodyMeter meter) {
      this.stream = stream;
      this.meter = meter;
    }

    @Override
    public int read() throws IOException {
      int value = stream.read();
      meter.read(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = stream.read(buffer, offset, length);
      meter.read(Math.max(read, 0));
      return read;
    }

    @Override
    public boolean isFinished() {
      return stream.isFinished();
    }

    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      stream.setReadListener(listener);
    }
  }
}
