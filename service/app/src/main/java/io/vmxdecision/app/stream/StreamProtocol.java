package io.vmxdecision.app.stream;

import java.io.IOException;

/** How requests and answers lie in a stream. One instance per stream. */
interface StreamProtocol {
  /** Answers all requests of {@code in}, up to its end or to a fault that ends the stream. */
  void answer(StreamInput in, AnswerSpool answers) throws IOException;
}
