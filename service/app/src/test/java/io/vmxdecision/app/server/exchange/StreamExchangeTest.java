package io.vmxdecision.app.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.exchange.StreamProtocol.Progress;
import io.vmxdecision.app.support.FreeMeter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

class StreamExchangeTest {
  private static final byte[] ANSWER = "an answer".getBytes(StandardCharsets.US_ASCII);

  private static final ExchangeLimits LIMITS =
      new ExchangeLimits(DataSize.ofKilobytes(64), DataSize.ofBytes(0));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void whatWasAnsweredBeforeTheClientFailedIsWritten() throws Exception {
    InputStream failing =
        new SequenceInputStream(new ByteArrayInputStream(new byte[1]), new PipedInputStream()); // with no other end
    run((in, answers) -> {
      if (in.available() == 0) {
        return Progress.NEEDS_INPUT;
      }
      answers.write(ANSWER, 0, ANSWER.length);
      in.skip(in.available());
      return Progress.ANSWERED;
    }, failing, out);
    assertThat(out.toByteArray()).startsWith(ANSWER);
    assertThat(out.toString(StandardCharsets.US_ASCII)).endsWith("The str"); // and why there is no more
  }

  @Test
  void aClientThatDoesNotTakeItsAnswersEndsTheStream() {
    OutputStream failing = new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("broken pipe");
      }
    };
    assertThatCode(() -> run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      return Progress.ANSWERED; // for ever
    }, InputStream.nullInputStream(), failing)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, OutOfMemoryError.class, StackOverflowError.class})
  void aFailureOfTheServiceIsToldBehindTheAnswers(Class<? extends Throwable> kind) throws Exception {
    Throwable fault = kind.getConstructor().newInstance();
    boolean whole = run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      if (fault instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) fault;
    }, new ByteArrayInputStream(ANSWER), out);
    assertThat(whole).isFalse();
    assertThat(out.toByteArray()).startsWith(ANSWER);
    assertThat(out.toString(StandardCharsets.US_ASCII)).endsWith("The str");
  }

  @Test
  void whereTheClientCannotBeToldTheAnswerDoesNotLookWhole() {
    AtomicBoolean closed = new AtomicBoolean();
    OutputStream answer = new FilterOutputStream(out) {
      @Override
      public void close() {
        closed.set(true);
      }
    };
    StreamProtocol failing = new StreamProtocol() {
      @Override
      public Progress answerNext(StreamInput in, Spool answers) {
        throw new IllegalStateException("a bug");
      }

      @Override
      public void refuse(RejectedRequestException e, StreamInput in, Spool answers) {
        throw new OutOfMemoryError();
      }
    };
    assertThatThrownBy(
        () -> StreamExchange.run(failing, new ByteArrayInputStream(ANSWER), answer, LIMITS, new FreeMeter()))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(closed).isFalse();
  }

  @Test
  void aRequestThatThereIsNoRoomForEndsTheStreamWithARefusal() throws Exception {
    BodyMeter full = new FreeMeter() {
      @Override
      public void read(long heapBytes) {
        throw RejectedRequestException.overloaded("no room", Duration.ofSeconds(1));
      }
    };
    StreamProtocol waitingForTheEndOfALongOne = new StreamProtocol() {
      @Override
      public Progress answerNext(StreamInput in, Spool answers) {
        return Progress.NEEDS_INPUT;
      }

      @Override
      public void refuse(RejectedRequestException e, StreamInput in, Spool answers) {
        answers.write(String.valueOf(e.getMessage()).getBytes(StandardCharsets.US_ASCII), 0, 7);
      }
    };
    InputStream endless = new InputStream() {
      @Override
      public int read() {
        return 0;
      }
    };
    StreamExchange.run(waitingForTheEndOfALongOne, endless, out, LIMITS, full);
    assertThat(out).hasToString("no room");
  }

  private interface Answering extends StreamProtocol {
    @Override
    default void refuse(RejectedRequestException e, StreamInput in, Spool answers) {
      answers.write(String.valueOf(e.getMessage()).getBytes(StandardCharsets.US_ASCII), 0, 7);
    }
  }

  private static boolean run(Answering protocol, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    return StreamExchange.run(protocol, in, out, LIMITS, new FreeMeter());
  }
}
