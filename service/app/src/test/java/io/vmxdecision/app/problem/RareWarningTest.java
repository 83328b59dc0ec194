package io.vmxdecision.app.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.LogLines;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RareWarningTest {

  @Test
  void aWarningIsSaidOnceAMinuteWhateverItsCause() {
    AtomicLong clock = new AtomicLong(Long.MAX_VALUE); // the clock may overflow
    RareWarning warning =
        new RareWarning(LoggerFactory.getLogger(RareWarningTest.class), "Lines are lost", clock::get);
    try (LogLines log = new LogLines(RareWarningTest.class)) {
      warning.say(new IOException("first"));
      warning.say(new IOException("second"));
      clock.addAndGet(RareWarning.PAUSE.toNanos() - 1);
      warning.say(null);
      assertThat(log.with("")).containsExactly("Lines are lost: first");
      clock.addAndGet(1);
      warning.say(null);
      assertThat(log.with("")).containsExactly("Lines are lost: first", "Lines are lost");
    }
  }
}
