package io.vmxdecision.app.decisionlog;

import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.AsyncAppenderBase;
import ch.qos.logback.core.Context;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines that wait for a thread of their own to write them, so that no decision waits for a disk. Bounded by
 * bytes: Logback's queue counts lines, of which one may be a thousand times as long as another.
 *
 * <p>Safe for use by any thread.
 */
final class LineQueue {
  /** As what a short line counts, so that so many bytes are no more than so many lines. */
  private static final int LEAST_BYTES = 512;

  /** How long what waits at the end may take. */
  private static final int FLUSH_MILLIS = 10_000;

  private final long mostBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final AsyncAppenderBase<byte[]> queue = new AsyncAppenderBase<>();

  /** A queue of at most {@code mostBytes} before {@code target}, which it stops with itself. */
  LineQueue(long mostBytes, Appender<byte[]> target, Context context) {
    this.mostBytes = mostBytes;
    Counting counting = new Counting(target);
    counting.setContext(context);
    counting.start();
    queue.setName("decision-log");
    queue.setContext(context);
    queue.setQueueSize((int) (mostBytes / LEAST_BYTES) + 1);
    queue.setDiscardingThreshold(0);
    queue.setNeverBlock(true);
    queue.setMaxFlushTime(FLUSH_MILLIS);
    queue.addAppender(counting);
    queue.start();
  }

  /** Whether a short line would be taken now. */
  boolean hasRoom() {
    return bytes.get() + LEAST_BYTES <= mostBytes;
  }

  /**
   * Takes a line to be written soon.
   *
   * @return false when there is no room for it
   */
  boolean offer(byte[] line) {
    long count = count(line);
    if (bytes.addAndGet(count) > mostBytes || !queue.isStarted()) {
      bytes.addAndGet(-count);
      return false;
    }
    queue.doAppend(line);
    return true;
  }

  /** Writes what waits, for a while, and ends. */
  void stop() {
    queue.stop();
  }

  /** How many lines are left that were not written in time. */
  int left() {
    return queue.getNumberOfElementsInQueue();
  }

  private static long count(byte[] line) {
    return Math.max(line.length, LEAST_BYTES);
  }

  /** Gives back the room of each line that was written. */
  private final class Counting extends AppenderBase<byte[]> {
    private final Appender<byte[]> target;

    Counting(Appender<byte[]> target) {
      this.target = target;
    }

    @Override
    protected void append(byte[] line) {
      try {
        target.doAppend(line);
      } finally {
        bytes.addAndGet(-count(line));
      }
    }

    @Override
    public void stop() {
      target.stop();
      super.stop();
    }
  }
}
