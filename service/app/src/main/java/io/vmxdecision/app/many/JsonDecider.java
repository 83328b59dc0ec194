package io.vmxdecision.app.many;

import io.vmxdecision.app.contract.JsonPart;

/** Decides a request in JSON, of whichever kind, into an answer in JSON. */
@FunctionalInterface
public interface JsonDecider {
  /**
   * The decision on a request, in JSON.
   *
   * @throws io.vmxdecision.app.problem.RejectedRequestException when it cannot be read or decided
   */
  byte[] decide(JsonPart request);
}
