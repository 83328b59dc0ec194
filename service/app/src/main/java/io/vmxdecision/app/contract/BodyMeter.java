package io.vmxdecision.app.contract;

/** Is told how much of a body is read; stops the reading by an exception. */
@FunctionalInterface
public interface BodyMeter {

  /** {@code count} more bytes were read, 0 or more. */
  void read(long count);
}
