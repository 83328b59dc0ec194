package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.SequenceInputStream;
import io.vmxdecision.app.stream.StreamProtocol.Progress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class StreamExchangeTest {
  private static final byte[] ANSWER = "an answer".getBytes(StandardCharsets.US_ASCII);

  private static final StreamLimits LIMITS =
      new StreamLimits(DataSize.ofKilobytes(64), DataSize.ofBytes(0), 1, DataSize.ofBytes(1));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void whatWasAnsweredBeforeTheClientFailedIsWritten() throws Exception {
    InputStream failing =
        new SequenceInputStream(new ByteArrayInputStream(new byte[1]), new PipedInputStream()); // with no other end
    StreamExchange.run((in, answers) -> {
      if (in.available() == 0) {
        return Progress.NEEDS_INPUT;
      }
      answers.write(ANSWER, 0, ANSWER.length);
      in.skip(in.available());
      return Progress.ANSWERED;
    }, failing, out, LIMITS);
    assertThat(out.toByteArray()).isEqualTo(ANSWER);
  }

  @Test
  void aClientThatDoesNotTakeItsAnswersEndsTheStream() {
    OutputStream failing = new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("broken pipe");
      }
    };
    assertThatCode(() -> StreamExchange.run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      return Progress.ANSWERED; // for ever
    }, InputStream.nullInputStream(), failing, LIMITS)).doesNotThrowAnyException();
  }

  @Test
  void aFailureOfTheServiceIsNoFaultOfTheClientAndShows() {
    assertThatThrownBy(() -> StreamExchange.run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      throw new IllegalStateException("a bug");
    }, new ByteArrayInputStream(ANSWER), out, LIMITS)).isInstanceOf(IllegalStateException.class);
    assertThat(out.toByteArray()).isEqualTo(ANSWER);
  }
}
