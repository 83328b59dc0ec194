package io.vmxdecision.app.stream;

import io.vmxdecision.app.server.exchange.Spool;
import io.vmxdecision.app.server.exchange.StreamInput;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.many.JsonAnswers;
import io.vmxdecision.app.many.JsonDecider;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.Arrays;

/**
 * Lines of JSON (application/x-ndjson), of whichever kind of request: a request a line, an answer a line; a request that cannot be
 * answered becomes a problem on its line, and the others go on. Empty lines are passed over.
 */
final class NdjsonProtocol implements StreamProtocol {
  private static final byte[] NEW_LINE = {'\n'};

  private final JsonAnswers answers;
  private final JsonDecider decider;
  private final ServiceLimits limits;
  private final BodyMeter meter;
  private final int maxLineBytes;

  /** How much of the window is known to hold no end of a line. */
  private int searched;

  /** Whether the window is the rest of a line that is longer than allowed. */
  private boolean tooLong;

  NdjsonProtocol(
      JsonAnswers answers, JsonDecider decider, ServiceLimits limits, BodyMeter meter) {
    this.answers = answers;
    this.decider = decider;
    this.limits = limits;
    this.meter = meter;
    this.maxLineBytes = (int) limits.body().toBytes();
  }

  @Override
  public Progress answerNext(StreamInput in, Spool out) {
    int length = lineLength(in);
    if (length >= 0) {
      answerLine(in, length, out);
      in.skip(length + 1);
      return Progress.ANSWERED;
    }
    if (in.isEnded()) {
      answerLine(in, in.available(), out); // the last line may lack its end
      return Progress.ENDED;
    }
    searched = in.available();
    if (searched > maxLineBytes) {
      in.skip(searched); // its answer is due at its end
      searched = 0;
      tooLong = true;
    }
    return Progress.NEEDS_INPUT;
  }

  @Override
  public void refuse(RejectedRequestException e, StreamInput in, Spool out) {
    write(answers.problem(e.kind(), String.valueOf(e.getMessage())), out);
  }

  /** The length of the line that the window starts with, or -1 if its end is not in the window. */
  private int lineLength(StreamInput in) {
    byte[] buffer = in.buffer();
    for (int i = searched; i < in.available(); i++) {
      if (buffer[in.start() + i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void answerLine(StreamInput in, int length, Spool out) {
    byte[] line = Arrays.copyOfRange(in.buffer(), in.start(), in.start() + length);
    if (tooLong || length > maxLineBytes) {
      write(
          answers.problem(
              ProblemKind.PAYLOAD_TOO_LARGE, "The line is longer than " + maxLineBytes + " bytes."),
          out);
    } else if (!JsonPart.isBlank(line)) {
      write(answer(line), out);
    }
    searched = 0;
    tooLong = false;
  }

  private byte[] answer(byte[] line) {
    long needed = limits.heapFor(line.length);
    try {
      meter.read(needed);
    } catch (RejectedRequestException e) {
      return answers.problem(e.kind(), String.valueOf(e.getMessage()));
    }
    try {
      return answers.answer(line, decider);
    } finally {
      meter.release(needed);
    }
  }

  private static void write(byte[] answer, Spool out) {
    out.write(answer, 0, answer.length);
    out.write(NEW_LINE, 0, 1);
  }
}
