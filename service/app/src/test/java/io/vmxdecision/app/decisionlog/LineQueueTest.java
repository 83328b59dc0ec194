package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LineQueueTest {
  private static final byte[] LONG = new byte[1000];
  private static final byte[] SHORT = {'\n'};

  private final List<Exception> lost = new CopyOnWriteArrayList<>();

  /** A disk that writes nothing until it is told to. */
  private static final class SlowDisk implements LineTarget {
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Semaphore done = new Semaphore(0);
    private final List<byte[]> written = new CopyOnWriteArrayList<>();
    private boolean closed;

    @Override
    public void write(byte[] line) {
      try {
        ready.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      written.add(line);
      done.release();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private LineQueue queue(long mostBytes, LineTarget target) {
    return new LineQueue(mostBytes, target, lost::add);
  }

  @Test
  void asManyBytesWaitAsMayAndNobodyWaitsForTheDisk() {
    SlowDisk disk = new SlowDisk();
    LineQueue queue = queue(10_000, disk);
    for (int i = 0; i < 10; i++) {
      assertThat(queue.hasRoom()).isTrue();
      assertThat(queue.offer(LONG)).isTrue();
    }
    assertThat(queue.hasRoom()).isFalse();
    assertThat(queue.offer(SHORT)).isFalse();
    disk.ready.countDown();
    assertThat(queue.stop()).isZero();
    assertThat(disk.written).hasSize(10).containsOnly(LONG);
    assertThat(disk.closed).isTrue();
  }

  @Test
  void shortLinesAreBoundedToo() {
    SlowDisk disk = new SlowDisk();
    LineQueue queue = queue(512 * 100, disk);
    int taken = 0;
    while (taken < 1000 && queue.offer(SHORT)) {
      taken++;
    }
    assertThat(taken).isEqualTo(100);
    disk.ready.countDown();
    queue.stop();
    assertThat(disk.written).hasSize(100);
  }

  @Test
  void whatWasWrittenMakesRoom() throws InterruptedException {
    SlowDisk disk = new SlowDisk();
    disk.ready.countDown();
    LineQueue queue = queue(2000, disk);
    for (int i = 0; i < 50; i++) {
      assertThat(queue.offer(LONG)).as("line %s", i).isTrue();
      if (i > 0) {
        disk.done.acquire(); // the line before this one is written, so at most one more waits
        awaitRoom(queue);
      }
    }
    queue.stop();
    assertThat(disk.written).hasSize(50);
    assertThat(queue.offer(LONG)).as("after its end").isFalse();
  }

  private static void awaitRoom(LineQueue queue) throws InterruptedException {
    while (!queue.hasRoom()) {
      Thread.sleep(5); // the room is given back after the line is written; the test's limit ends this
    }
  }

  @Test
  void eachLineThatCannotBeWrittenIsToldAndTheOthersAreWritten() {
    SlowDisk disk = new SlowDisk();
    disk.ready.countDown();
    LineQueue queue = queue(1_000_000, new LineTarget() {
      private int number;

      @Override
      public void write(byte[] line) throws IOException {
        switch (number++ % 3) {
          case 0 -> throw new IOException("full");
          case 1 -> throw new IllegalStateException("broken");
          default -> disk.write(line);
        }
      }

      @Override
      public void close() {}
    });
    for (int i = 0; i < 30; i++) {
      assertThat(queue.offer(SHORT)).isTrue();
    }
    assertThat(queue.stop()).isZero();
    assertThat(lost).hasSize(20);
    assertThat(disk.written).hasSize(10);
  }
}
