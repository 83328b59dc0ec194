package io.vmxdecision.app.stream;

/** A frame that is not what the schema says; it ends the stream. */
final class MalformedFrameException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedFrameException(String detail) {
    super(detail, null, false, false);
  }
}
