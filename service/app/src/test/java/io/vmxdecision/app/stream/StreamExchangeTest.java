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
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class StreamExchangeTest {
  private static final byte[] ANSWER = "an answer".getBytes(StandardCharsets.US_ASCII);

  private final StreamExchange exchange =
      new StreamExchange(
          new StreamLimits(DataSize.ofKilobytes(64), DataSize.ofBytes(0), 1, DataSize.ofBytes(1)));
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void whatWasAnsweredBeforeTheClientFailedIsWritten() throws Exception {
    InputStream failing = new PipedInputStream(); // with no other end
    exchange.run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      in.fill();
    }, failing, out);
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
    assertThatCode(() -> exchange.run((in, answers) -> {
      while (true) { // until the answers are abandoned
        answers.write(ANSWER, 0, ANSWER.length);
      }
    }, InputStream.nullInputStream(), failing)).doesNotThrowAnyException();
  }

  @Test
  void aFailureOfTheServiceIsNoFaultOfTheClientAndShows() {
    assertThatThrownBy(() -> exchange.run((in, answers) -> {
      answers.write(ANSWER, 0, ANSWER.length);
      throw new IllegalStateException("a bug");
    }, new ByteArrayInputStream(ANSWER), out)).isInstanceOf(IllegalStateException.class);
    assertThat(out.toByteArray()).isEqualTo(ANSWER);
  }
}
