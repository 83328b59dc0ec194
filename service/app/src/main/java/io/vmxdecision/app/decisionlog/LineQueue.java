package io.vmxdecision.app.decisionlog;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lines that wait for a thread of their own to write them, so that no decision waits for a disk. Bounded by
 * bytes, since one line may be a thousand times as long as another.
 *
 * <p>Safe for use by any thread.
 */
final class LineQueue {
  /** As what a short line counts, so that so many bytes are no more than so many lines. */
  private static final int LEAST_BYTES = 512;

  /** How long what waits at the end may take. */
  private static final Duration LAST_LINES = Duration.ofSeconds(10);

  private final long mostBytes;
  private final LineTarget target;
  private final Consumer<Exception> lost;
  private final Thread writer;

  /** Lines that are not written yet, the one that is being written first. */
  private final Deque<byte[]> waiting = new ArrayDeque<>();

  /** As what those count. */
  private long bytes;

  private boolean stopped;

  /**
   * A queue of at most {@code mostBytes} before {@code target}, which it closes with itself.
   *
   * @param lost is told of each line that could not be written, by the thread that writes
   */
  LineQueue(long mostBytes, LineTarget target, Consumer<Exception> lost) {
    this.mostBytes = mostBytes;
    this.target = target;
    this.lost = lost;
    this.writer = Thread.ofPlatform().name("decision-log").daemon().start(this::writeAll);
  }

  /** Whether a short line would be taken now. */
  synchronized boolean hasRoom() {
    return bytes + LEAST_BYTES <= mostBytes;
  }

  /**
   * Takes a line to be written soon.
   *
   * @return false when there is no room for it, or the queue has ended
   */
  synchronized boolean offer(byte[] line) {
    if (stopped || bytes + count(line) > mostBytes) {
      return false;
    }
    bytes += count(line);
    waiting.add(line);
    notifyAll();
    return true;
  }

  /**
   * Writes what waits, for up to 10 s, and ends.
   *
   * @return how many lines were not written in time
   */
  int stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    try {
      writer.join(LAST_LINES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      return waiting.size();
    }
  }

  private void writeAll() {
    try (target) {
      for (byte[] line = next(); line != null; line = next()) {
        try {
          target.write(line);
        } catch (IOException | RuntimeException e) {
          lost.accept(e);
        } finally {
          remove(line);
        }
      }
    } catch (IOException e) {
      // Every line that was written is with the system already.
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /** Waits for the next line; null at the end. */
  private synchronized byte @Nullable [] next() throws InterruptedException {
    while (waiting.isEmpty() && !stopped) {
      wait();
    }
    return waiting.peek();
  }

  private synchronized void remove(byte[] line) {
    waiting.remove();
    bytes -= count(line);
  }

  private static long count(byte[] line) {
    return Math.max(line.length, LEAST_BYTES);
  }
}
