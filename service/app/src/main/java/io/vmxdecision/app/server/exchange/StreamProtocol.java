package io.vmxdecision.app.server.exchange;

import io.vmxdecision.app.problem.RejectedRequestException;

/**
 * The format of requests and answers in a stream. One instance per stream, used by one thread at a time.
 */
public interface StreamProtocol {
  /** The result of {@link #answerNext}. */
  enum Progress {
    /** The request was answered, if it needs an answer. */
    ANSWERED,
    /** The request was not received as a whole yet. */
    NEEDS_INPUT,
    /** There is no next request: the body ended, or a fault ended the stream. */
    ENDED
  }

  /**
   * Answers the next request of {@code in} if it was received as a whole. Does not wait.
   *
   * @throws RejectedRequestException when there is no heap for it
   */
  Progress answerNext(StreamInput in, Spool answers);

  /** Tells the client that the stream ends at the start of {@code in}, because of {@code e}. */
  void refuse(RejectedRequestException e, StreamInput in, Spool answers);
}
