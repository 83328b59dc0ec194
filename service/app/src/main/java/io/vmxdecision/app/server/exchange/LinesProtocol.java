package io.vmxdecision.app.server.exchange;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.overload.BodyMeter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines of JSON (application/x-ndjson): whatever a line means, it is answered on a line of its own, or a problem
 * stands there, and the others go on. Empty lines are passed over.
 */
public final class LinesProtocol implements StreamProtocol {
  private static final byte[] NEW_LINE = {'\n'};

  /** What the lines mean. Used by one thread at a time. */
  public interface Lines {
    /** The answer to a line, or the problem with it, in JSON; null where it has none. */
    byte @Nullable [] answer(byte[] line);

    /** A problem with a line that was not even looked at, in JSON. */
    byte[] problem(ProblemKind kind, String detail);

    /** Whether the stream ends here, whatever follows. */
    default boolean isEnded() {
      return false;
    }
  }

  private final Lines lines;
  private final ServiceLimits limits;
  private final BodyMeter meter;
  private final int maxLineBytes;

  /** How much of the window is known to hold no end of a line. */
  private int searched;

  /** Whether the window is the rest of a line that is longer than allowed. */
  private boolean tooLong;

  /** A stream of {@code lines}. {@code meter} meters the heap that each one takes. */
  public LinesProtocol(Lines lines, ServiceLimits limits, BodyMeter meter) {
    this.lines = lines;
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
      return lines.isEnded() ? Progress.ENDED : Progress.ANSWERED;
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
    write(lines.problem(e.kind(), String.valueOf(e.getMessage())), out);
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
          lines.problem(
              ProblemKind.PAYLOAD_TOO_LARGE, "The line is longer than " + maxLineBytes + " bytes."),
          out);
    } else if (!JsonPart.isBlank(line)) {
      byte[] answer = answer(line);
      if (answer != null) {
        write(answer, out);
      }
    }
    searched = 0;
    tooLong = false;
  }

  private byte @Nullable [] answer(byte[] line) {
    long needed = limits.heapFor(line.length);
    try {
      meter.read(needed);
    } catch (RejectedRequestException e) {
      return lines.problem(e.kind(), String.valueOf(e.getMessage()));
    }
    try {
      return lines.answer(line);
    } finally {
      meter.release(needed);
    }
  }

  private static void write(byte[] answer, Spool out) {
    out.write(answer, 0, answer.length);
    out.write(NEW_LINE, 0, 1);
  }
}
