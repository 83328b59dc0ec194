package io.vmxdecision.app.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class RareWarningTest {

  @Test
  void aWarningIsSaidOnceAMinuteWhateverItsCause(CapturedOutput output) {
    AtomicLong clock = new AtomicLong(Long.MAX_VALUE); // the clock may overflow
    RareWarning warning =
        new RareWarning(LoggerFactory.getLogger(RareWarningTest.class), "Lines are lost", clock::get);
    warning.say(new IOException("first"));
    warning.say(new IOException("second"));
    clock.addAndGet(RareWarning.PAUSE.toNanos() - 1);
    warning.say(null);
    assertThat(said(output)).isEqualTo(1);
    assertThat(output.getAll()).contains("Lines are lost: first");
    clock.addAndGet(1);
    warning.say(null);
    assertThat(said(output)).isEqualTo(2);
  }

  private static long said(CapturedOutput output) {
    return output.getAll().lines().filter(line -> line.contains("Lines are lost")).count();
  }
}
