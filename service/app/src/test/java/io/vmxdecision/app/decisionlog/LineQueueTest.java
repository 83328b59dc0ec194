package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.ContextBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LineQueueTest {
  private static final byte[] LONG = new byte[1000];
  private static final byte[] SHORT = {'\n'};

  private final Context context = new ContextBase();

  /** A disk that writes nothing until it is told to. */
  private static final class SlowDisk extends AppenderBase<byte[]> {
    private final CountDownLatch ready = new CountDownLatch(1);
    private final List<byte[]> written = new CopyOnWriteArrayList<>();

    @Override
    protected void append(byte[] line) {
      try {
        ready.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the queue is told to end, and writes what it has
      }
      written.add(line);
    }
  }

  private SlowDisk disk() {
    SlowDisk disk = new SlowDisk();
    disk.setContext(context);
    disk.start();
    return disk;
  }

  @Test
  void asManyBytesWaitAsMayAndNobodyWaitsForTheDisk() {
    SlowDisk disk = disk();
    LineQueue queue = new LineQueue(10_000, disk, context);
    for (int i = 0; i < 10; i++) {
      assertThat(queue.hasRoom()).isTrue();
      assertThat(queue.offer(LONG)).isTrue();
    }
    assertThat(queue.hasRoom()).isFalse();
    assertThat(queue.offer(SHORT)).isFalse();
    disk.ready.countDown();
    queue.stop();
    assertThat(disk.written).hasSize(10).containsOnly(LONG);
    assertThat(queue.left()).isZero();
  }

  @Test
  void shortLinesAreBoundedToo() {
    SlowDisk disk = disk();
    LineQueue queue = new LineQueue(512 * 100, disk, context);
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
    SlowDisk disk = disk();
    disk.ready.countDown();
    LineQueue queue = new LineQueue(1000, disk, context);
    for (int i = 0; i < 50; i++) {
      for (int tries = 0; !queue.offer(LONG) && tries < 1000; tries++) {
        Thread.sleep(1);
      }
    }
    queue.stop();
    assertThat(disk.written).hasSize(50);
    assertThat(queue.offer(LONG)).as("after its end").isFalse();
  }
}
