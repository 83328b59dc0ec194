package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.RejectedRequestException;

/** Is told how much of a body is held; stops the reading by an exception. */
@FunctionalInterface
public interface BodyMeter {
  /** The attribute of a stream's request that has its meter. */
  String ATTRIBUTE = "io.vmxdecision.app.contract.BodyMeter";

  /**
   * {@code count} more bytes were read, or are to be held; 0 or more.
   *
   * @throws RejectedRequestException when that is too many
   */
  void read(long count);
}
