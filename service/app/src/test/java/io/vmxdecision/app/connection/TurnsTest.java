package io.vmxdecision.app.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10); // the clock may wrap
  private final Queue<Runnable> begun = new ArrayDeque<>();
  private final List<Long> waited = new ArrayList<>();
  private final Turns turns = new Turns(begun::add, 2, nanos::get);

  @Test
  void tasksBeginInTheirOrderAFewAtATimeAndKnowHowLongTheyHaveWaited() {
    for (int i = 0; i < 4; i++) {
      turns.execute(() -> waited.add(Turns.waitedNanos()));
      pass(1);
    }
    assertThat(begun).hasSize(2);
    assertThat(turns.next()).isNull();
    begun.remove().run();
    Runnable third = turns.next();
    assertThat(third).isNotNull();
    assertThat(turns.next()).isNull();
    begun.remove().run();
    Objects.requireNonNull(third).run();
    Objects.requireNonNull(turns.next()).run();
    assertThat(waited).containsExactly(0L, 0L, Duration.ofMillis(2).toNanos(),
        Duration.ofMillis(1).toNanos());
  }

  @Test
  void whoWaitsForItsClientLeavesItsTurnToTheNextAndOnlyOnce() {
    for (int i = 0; i < 4; i++) {
      turns.execute(Turns::end);
    }
    begun.remove().run();
    assertThat(turns.next()).isNotNull();
    assertThat(turns.next()).isNull();
  }

  @Test
  void aTurnThatLastsDoesNotHoldTheOthersUp() {
    for (int i = 0; i < 3; i++) {
      turns.execute(() -> {});
    }
    pass(49);
    assertThat(turns.next()).isNull();
    pass(1);
    assertThat(turns.next()).isNotNull();
  }

  @Test
  void whereThereAreNoTurnsNothingHasWaited() {
    Turns.end();
    assertThat(Turns.waitedNanos()).isZero();
  }

  private void pass(int millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }
}
