package io.vmxdecision.app.connection;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has tasks begin in the order in which they came, a few at a time, and knows how long each has waited. Virtual
 * threads alone begin in no order: while there is more work than the CPUs can do, some wait for many seconds.
 *
 * <p>A turn ends with its task, or when the task says that it may wait for its client, or after
 * {@value #LONGEST_MILLIS} ms if others wait: whatever a task waits for, it holds up nobody for longer. A task whose
 * turn has ended can {@linkplain #take take another}, behind those that wait.
 *
 * <p>Safe for use by any thread. Who ends a turn begins the next; a thread looks every {@value #LONGEST_MILLIS} ms
 * for turns that have lasted too long.
 */
public final class Turns implements Executor, AutoCloseable {
  private static final long LONGEST_MILLIS = 50;
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
  private static final ScopedValue<Task> CURRENT = ScopedValue.newInstance();

  private final Executor threads;
  private final int atOnce;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Turn> waiting = new ArrayDeque<>();
  private final Set<Turn> begun = new LinkedHashSet<>(); // the oldest first
  private @Nullable Thread clock;

  /** Turns of which so many are begun at once, by {@code threads}. */
  Turns(Executor threads, int atOnce, LongSupplier nanoTime) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.nanoTime = nanoTime;
  }

  /**
   * Waits until the task that this thread runs has a turn; not at all if it has one, or where there are no turns.
   *
   * @return how long it has waited for its turns so far, in nanoseconds
   */
  public static long take() {
    return CURRENT.isBound() ? CURRENT.get().take() : 0;
  }

  /** Ends the turn of the task that this thread runs, since it may wait for its client now. */
  public static void end() {
    if (CURRENT.isBound()) {
      CURRENT.get().end();
    }
  }

  /** Starts the thread that looks for turns that last. */
  void start() {
    clock = Thread.ofPlatform().daemon().name("turns").start(() -> {
      try {
        while (true) {
          Thread.sleep(LONGEST_MILLIS);
          beginNext();
        }
      } catch (InterruptedException e) {
        // It is closed.
      }
    });
  }

  @Override
  public void close() {
    if (clock != null) {
      clock.interrupt();
    }
  }

  @Override
  public void execute(Runnable work) {
    await(new Task(work).turn);
  }

  private void await(Turn turn) {
    lock.lock();
    try {
      waiting.add(turn);
    } finally {
      lock.unlock();
    }
    beginNext();
  }

  /** Begins what may begin now. */
  void beginNext() {
    for (Turn next = next(); next != null; next = next()) {
      next.begins.run();
    }
  }

  private @Nullable Turn next() {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        return null;
      }
      long now = nanoTime.getAsLong();
      if (begun.size() >= atOnce) {
        Iterator<Turn> oldest = begun.iterator();
        if (now - oldest.next().began < LONGEST_NANOS) {
          return null;
        }
        oldest.remove();
      }
      Turn next = waiting.remove();
      next.began = now;
      begun.add(next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  private boolean isBegun(Turn turn) {
    lock.lock();
    try {
      return begun.contains(turn);
    } finally {
      lock.unlock();
    }
  }

  private void end(Turn turn) {
    lock.lock();
    try {
      begun.remove(turn);
    } finally {
      lock.unlock();
    }
    beginNext();
  }

  /** One that waits to begin, has begun, or has ended. */
  private final class Turn {
    private final Runnable begins;
    private final long came = nanoTime.getAsLong();
    private volatile long began;

    Turn(Runnable begins) {
      this.begins = begins;
    }
  }

  /** What is run, and its turn; only the thread that runs it touches it then. */
  private final class Task implements Runnable {
    private final Runnable work;
    private Turn turn;
    private long waitedNanos;

    Task(Runnable work) {
      this.work = work;
      this.turn = new Turn(() -> threads.execute(this));
    }

    @Override
    public void run() {
      waitedNanos = turn.began - turn.came;
      try {
        ScopedValue.where(CURRENT, this).run(work);
      } finally {
        end();
      }
    }

    long take() {
      if (!isBegun(turn)) {
        CountDownLatch begins = new CountDownLatch(1);
        turn = new Turn(begins::countDown);
        await(turn);
        boolean interrupted = false;
        while (true) {
          try {
            begins.await();
            break;
          } catch (InterruptedException e) {
            interrupted = true; // the turn will come all the same
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        waitedNanos += turn.began - turn.came;
      }
      return waitedNanos;
    }

    void end() {
      Turns.this.end(turn);
    }
  }
}
