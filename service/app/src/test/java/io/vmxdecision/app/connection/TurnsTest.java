package io.vmxdecision.app.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Await;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10); // the clock may wrap
  private final Queue<Runnable> begun = new ArrayDeque<>();
  private final List<Long> waited = new ArrayList<>();
  private final Turns turns = new Turns(begun::add, 2, nanos::get);

  @Test
  void tasksBeginInTheirOrderAFewAtATimeAndKnowHowLongTheyHaveWaited() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      turns.execute(() -> {
        order.add(number);
        waited.add(Turns.take());
      });
      pass(1);
    }
    assertThat(begun).hasSize(2);
    begun.remove().run();
    assertThat(begun).hasSize(2);
    begun.remove().run();
    pass(1);
    begun.remove().run();
    begun.remove().run();
    assertThat(order).containsExactly(0, 1, 2, 3);
    assertThat(waited).containsExactly(0L, 0L, Duration.ofMillis(2).toNanos(),
        Duration.ofMillis(1).toNanos());
  }

  @Test
  void whoWaitsForItsClientLeavesItsTurnToTheNextAndOnlyOnce() {
    for (int i = 0; i < 4; i++) {
      turns.execute(() -> {
        Turns.end();
        Turns.end();
      });
    }
    begun.remove().run(); // and ends a third time, after its last
    assertThat(begun).as("the second and the third").hasSize(2);
  }

  @Test
  void whoComesBackFromItsClientWaitsBehindTheOthersForAnotherTurn() throws InterruptedException {
    Turns one = new Turns(begun::add, 1, nanos::get);
    one.execute(() -> {
      Turns.end();
      waited.add(Turns.take());
    });
    one.execute(() -> pass(7));
    Thread first = Thread.ofVirtual().start(begun.remove());
    Await.await("it waits", () -> first.getState() == Thread.State.WAITING);
    assertThat(begun).hasSize(1);
    assertThat(waited).isEmpty();
    begun.remove().run();
    first.join();
    assertThat(waited).containsExactly(Duration.ofMillis(7).toNanos());
  }

  @Test
  void aTurnThatLastsDoesNotHoldTheOthersUp() {
    for (int i = 0; i < 3; i++) {
      turns.execute(() -> {});
    }
    pass(49);
    turns.beginNext();
    assertThat(begun).hasSize(2);
    pass(1);
    turns.beginNext();
    assertThat(begun).hasSize(3);
  }

  @Test
  void aClockLooksForTurnsThatLast() {
    Queue<Runnable> begins = new ConcurrentLinkedQueue<>();
    try (Turns clocked = new Turns(begins::add, 1, System::nanoTime)) {
      clocked.start();
      clocked.execute(() -> {});
      clocked.execute(() -> {});
      Await.await("the second begins", () -> begins.size() == 2);
    }
  }

  @Test
  void whereThereAreNoTurnsNothingWaits() {
    Turns.end();
    assertThat(Turns.take()).isZero();
  }

  private void pass(int millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }
}
