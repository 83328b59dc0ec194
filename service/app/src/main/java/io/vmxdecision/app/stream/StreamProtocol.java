package io.vmxdecision.app.stream;

import io.vmxdecision.app.problem.RejectedRequestException;

/**
 * How requests and answers lie in a stream. One instance per stream; its calls may come from different
 * threads, one after the other.
 */
interface StreamProtocol {
  /** What became of the next request. */
  enum Progress {
    /** It is answered, if it needs an answer. */
    ANSWERED,
    /** It is not there yet as a whole. */
    NEEDS_INPUT,
    /** It was the last: the body ended, or a fault ends the stream. */
    ENDED
  }

  /**
   * Answers the next request of {@code in}, if it is there as a whole. Does not wait.
   *
   * @throws RejectedRequestException when there is no room for what it holds
   */
  Progress answerNext(StreamInput in, Spool answers);

  /** Tells the client that the stream ends with what {@code in} starts with, because of {@code e}. */
  void refuse(RejectedRequestException e, StreamInput in, Spool answers);
}
