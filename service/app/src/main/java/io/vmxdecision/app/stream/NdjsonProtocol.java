package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.JsonDecisions;
import io.vmxdecision.app.problem.ProblemKind;
import java.io.IOException;
import java.util.Arrays;

/**
 * Lines of JSON (application/x-ndjson): a request a line, an answer a line; a request that cannot be
 * answered becomes a problem on its line, and the others go on. Empty lines are passed over.
 */
final class NdjsonProtocol implements StreamProtocol {
  private static final byte[] NEW_LINE = {'\n'};

  private final JsonDecisions decisions;
  private final AnswerOptions options;
  private final int maxLineBytes;

  NdjsonProtocol(JsonDecisions decisions, AnswerOptions options, ServiceLimits limits) {
    this.decisions = decisions;
    this.options = options;
    this.maxLineBytes = (int) limits.body().toBytes();
  }

  @Override
  public void answer(StreamInput in, AnswerSpool answers) throws IOException {
    int searched = 0;
    boolean tooLong = false;
    while (true) {
      int length = lineLength(in, searched);
      if (length >= 0) {
        answerLine(in, length, tooLong, answers);
        in.skip(length + 1);
        searched = 0;
        tooLong = false;
        continue;
      }
      searched = in.available();
      if (searched > maxLineBytes) {
        in.skip(searched); // its answer is due at its end
        searched = 0;
        tooLong = true;
      }
      if (!in.fill()) {
        answerLine(in, in.available(), tooLong, answers); // the last line may lack its end
        return;
      }
    }
  }

  /** The length of the line that the window starts with, or -1 if its end is not in the window. */
  private static int lineLength(StreamInput in, int from) {
    byte[] buffer = in.buffer();
    for (int i = from; i < in.available(); i++) {
      if (buffer[in.start() + i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void answerLine(StreamInput in, int length, boolean tooLong, AnswerSpool answers) {
    byte[] line = Arrays.copyOfRange(in.buffer(), in.start(), in.start() + length);
    if (tooLong || length > maxLineBytes) {
      write(
          decisions.problem(
              ProblemKind.PAYLOAD_TOO_LARGE, "The line is longer than " + maxLineBytes + " bytes."),
          answers);
    } else if (!isBlank(line)) {
      write(decisions.answer(line, options), answers);
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  private static void write(byte[] answer, AnswerSpool answers) {
    answers.write(answer, 0, answer.length);
    answers.write(NEW_LINE, 0, 1);
  }
}
