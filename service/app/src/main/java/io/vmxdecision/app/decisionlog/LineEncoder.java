package io.vmxdecision.app.decisionlog;

import ch.qos.logback.core.Context;
import ch.qos.logback.core.encoder.EncoderBase;

/** Writes lines as they are. */
final class LineEncoder extends EncoderBase<byte[]> {
  private static final byte[] NOTHING = {};

  private LineEncoder() {}

  static LineEncoder started(Context context) {
    LineEncoder encoder = new LineEncoder();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(byte[] line) {
    return line;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
