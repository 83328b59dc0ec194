package io.vmxdecision.app.connection;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has tasks begin in the order in which they have waited longest, a few at a time, and knows how long each has waited.
 * Virtual threads alone begin in no order: while there is more work than the CPUs can do, some wait for many seconds.
 * What has waited for too long begins at once, since it is only to be refused.
 *
 * <p>A turn ends with its task, or when the task says that it may wait for its client, or after
 * {@value #LONGEST_MILLIS} ms if others wait: whatever a task waits for, it holds up nobody for longer. A task whose
 * turn has ended can {@linkplain #take take another}, and what it has waited before counts.
 *
 * <p>Safe for use by any thread. One thread of the platform begins them all, so that the scheduler has them in one queue.
 */
public final class Turns implements Executor, AutoCloseable {
  private static final long LONGEST_MILLIS = 50;
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
  private static final ScopedValue<Task> CURRENT = ScopedValue.newInstance();

  private final Executor threads;
  private final int atOnce;
  private final long tooLong;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Turn> waiting = new PriorityQueue<>();
  private final Set<Turn> begun = new LinkedHashSet<>(); // the oldest first
  private long turns;
  private @Nullable Thread dispatcher;

  /** Turns of which so many are begun at once, by {@code threads}, or more if they have waited for {@code tooLong}. */
  Turns(Executor threads, int atOnce, long tooLong, LongSupplier nanoTime) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.tooLong = tooLong;
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

  /** Starts the thread that begins tasks. */
  void start() {
    dispatcher = Thread.ofPlatform().daemon().name("turns").start(() -> {
      try {
        while (true) {
          begin(awaitNext());
        }
      } catch (InterruptedException e) {
        // It is closed.
      }
    });
  }

  @Override
  public void close() {
    if (dispatcher != null) {
      dispatcher.interrupt();
    }
  }

  @Override
  public void execute(Runnable work) {
    await(new Task(work).turn, 0);
  }

  private void await(Turn turn, long waitedBefore) {
    lock.lock();
    try {
      turn.since = nanoTime.getAsLong() - waitedBefore;
      turn.number = turns++;
      waiting.add(turn);
      if (begun.size() < atOnce || waiting.size() == 1) { // else it is known that something waits
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(Turn turn) {
    if (turn.isEnded) {
      return;
    }
    lock.lock();
    try {
      turn.isEnded = true;
      begun.remove(turn);
      if (!waiting.isEmpty()) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private Turn awaitNext() throws InterruptedException {
    lock.lock();
    try {
      for (Turn next = next(); true; next = next()) {
        if (next != null) {
          return next;
        }
        if (waiting.isEmpty()) {
          changed.await();
        } else {
          changed.awaitNanos(LONGEST_NANOS);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Begins what may begin now. */
  void beginNext() {
    lock.lock();
    try {
      for (Turn next = next(); next != null; next = next()) {
        begin(next);
      }
    } finally {
      lock.unlock();
    }
  }

  private static void begin(Turn next) {
    next.begins.run();
  }

  /** The next turn, taken from those that wait, if it may begin; with the lock held. */
  private @Nullable Turn next() {
    Turn next = waiting.peek();
    if (next == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    if (begun.size() >= atOnce && now - next.since <= tooLong) {
      Iterator<Turn> turns = begun.iterator();
      Turn oldest = turns.next();
      if (now - oldest.began < LONGEST_NANOS) {
        return null;
      }
      oldest.isEnded = true;
      turns.remove();
    }
    waiting.remove();
    next.began = now;
    begun.add(next);
    return next;
  }

  /** One that waits to begin, has begun, or has ended; written with the lock held. What waits longest comes first. */
  private static final class Turn implements Comparable<Turn> {
    private final Runnable begins;
    private long since; // when it would have come, had all its task's waiting been one
    private long number;
    private volatile long began;
    private volatile boolean isEnded;

    Turn(Runnable begins) {
      this.begins = begins;
    }

    long waited() {
      return began - since;
    }

    @Override
    public int compareTo(Turn other) {
      long later = since - other.since; // the clock may wrap
      return later != 0 ? Long.signum(later) : Long.compare(number, other.number);
    }
  }

  /** What is run, and its turn; only the thread that runs it touches it then. */
  private final class Task implements Runnable {
    private final Runnable work;
    private Turn turn;

    Task(Runnable work) {
      this.work = work;
      this.turn = new Turn(() -> threads.execute(this));
    }

    @Override
    public void run() {
      try {
        ScopedValue.where(CURRENT, this).run(work);
      } finally {
        end();
      }
    }

    long take() {
      if (turn.isEnded) {
        CountDownLatch begins = new CountDownLatch(1);
        long before = turn.waited();
        turn = new Turn(begins::countDown);
        await(turn, before);
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
      }
      return turn.waited();
    }

    void end() {
      Turns.this.end(turn);
    }
  }
}
