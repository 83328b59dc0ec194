package io.vmxdecision.app.server.clients;

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
  private static final long TOO_LONG = Duration.ofHours(1).toNanos();

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10); // the clock may wrap
  private final Queue<Runnable> begun = new ArrayDeque<>();
  private final List<Long> waited = new ArrayList<>();
  private final Turns turns = new Turns(begun::add, 2, TOO_LONG, nanos::get);

  @Test
  void tasksBeginInTheirOrderAFewAtATimeAndKnowHowLongTheyHaveWaited() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      turns.execute(() -> {
        order.add(number);
        waited.add(Turns.take());
      });
      turns.beginNext();
      pass(1);
    }
    assertThat(begun).hasSize(2);
    runNext();
    assertThat(begun).hasSize(2);
    pass(1);
    runNext();
    runNext();
    runNext();
    assertThat(order).containsExactly(0, 1, 2, 3);
    assertThat(waited).containsExactly(0L, 0L, Duration.ofMillis(2).toNanos(),
        Duration.ofMillis(2).toNanos());
  }

  @Test
  void whoWaitsForItsClientLeavesItsTurnToTheNextAndOnlyOnce() {
    for (int i = 0; i < 4; i++) {
      turns.execute(() -> {
        Turns.end();
        Turns.end();
      });
    }
    turns.beginNext();
    runNext(); // and ends a third time, after its last
    assertThat(begun).as("the second and the third").hasSize(2);
  }

  @Test
  void whoComesBackFromItsClientWaitsForAnotherTurnBehindThoseThatHaveWaitedLonger()
      throws InterruptedException {
    Turns one = new Turns(begun::add, 1, TOO_LONG, nanos::get);
    one.execute(() -> {
      Turns.end();
      waited.add(Turns.take());
    });
    one.execute(() -> pass(7));
    one.beginNext();
    Thread first = Thread.ofVirtual().start(begun.remove());
    Await.await("it waits", () -> first.getState() == Thread.State.WAITING);
    one.beginNext();
    one.beginNext();
    assertThat(begun).as("the second").hasSize(1);
    assertThat(waited).isEmpty();
    begun.remove().run();
    one.beginNext();
    first.join();
    assertThat(waited).containsExactly(Duration.ofMillis(7).toNanos());
  }

  @Test
  void aTurnThatLastsDoesNotHoldTheOthersUp() {
    for (int i = 0; i < 3; i++) {
      turns.execute(() -> {});
    }
    turns.beginNext();
    pass(49);
    turns.beginNext();
    assertThat(begun).hasSize(2);
    pass(1);
    turns.beginNext();
    assertThat(begun).hasSize(3);
  }

  @Test
  void whatHasWaitedBeforeCounts() throws InterruptedException {
    Turns one = new Turns(begun::add, 1, TOO_LONG, nanos::get);
    List<String> order = new ArrayList<>();
    one.execute(() -> {});
    one.execute(() -> {
      Turns.end();
      waited.add(Turns.take());
      order.add("one that has waited for 9 ms");
    });
    one.beginNext();
    pass(9);
    begun.remove().run();
    one.beginNext();
    Runnable comesBack = begun.remove();
    one.execute(() -> pass(3));
    one.execute(() -> order.add("one that has waited for 3 ms"));
    Thread first = Thread.ofVirtual().start(comesBack);
    Await.await("it waits", () -> first.getState() == Thread.State.WAITING);
    one.beginNext();
    assertThat(begun).as("nobody else, since it has waited longest").isEmpty();
    first.join();
    one.beginNext();
    begun.remove().run();
    one.beginNext();
    begun.remove().run();
    assertThat(waited).containsExactly(Duration.ofMillis(9).toNanos());
    assertThat(order).containsExactly("one that has waited for 9 ms", "one that has waited for 3 ms");
  }

  @Test
  void whatHasWaitedForTooLongBeginsAtOnceAndKnowsIt() {
    Turns one = new Turns(begun::add, 1, Duration.ofMillis(10).toNanos(), nanos::get);
    for (int i = 0; i < 3; i++) {
      one.execute(() -> waited.add(Turns.take()));
    }
    one.beginNext();
    pass(10);
    one.beginNext();
    assertThat(begun).hasSize(1);
    pass(1);
    one.execute(() -> {});
    one.beginNext();
    assertThat(begun).as("but for the one that has just come").hasSize(3);
    begun.forEach(Runnable::run);
    assertThat(waited).containsExactly(0L, Duration.ofMillis(11).toNanos(), Duration.ofMillis(11).toNanos());
  }

  @Test
  void aThreadBeginsThemAndFindsTurnsThatLast() {
    Queue<Runnable> begins = new ConcurrentLinkedQueue<>();
    try (Turns running = new Turns(begins::add, 1, TOO_LONG, System::nanoTime)) {
      running.start();
      running.execute(() -> {});
      Await.await("the first begins", () -> begins.size() == 1);
      running.execute(() -> {});
      Await.await("the second begins, though the first has not ended", () -> begins.size() == 2);
      begins.remove().run();
      begins.remove().run();
      running.execute(() -> {});
      Await.await("the third begins", () -> begins.size() == 1);
    }
  }

  @Test
  void whereThereAreNoTurnsNothingWaits() {
    Turns.end();
    assertThat(Turns.take()).isZero();
  }

  private void runNext() {
    begun.remove().run();
    turns.beginNext();
  }

  private void pass(int millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }
}
