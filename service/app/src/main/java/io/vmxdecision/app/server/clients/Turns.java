package io.vmxdecision.app.server.clients;

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
 * Starts tasks in the order of their waiting time, the longest first, a few at a time, and tells each how
 * long it has waited. Virtual threads alone start in no order: under overload some wait for many seconds. A
 * task that has waited too long starts at once, since it will only be refused.
 *
 * <p>A turn ends with its task, or when the task says that it may wait for its client, or after
 * {@value #LONGEST_MILLIS} ms if others wait. So no task holds up the others for longer, whatever it waits
 * for. A task whose turn has ended can {@linkplain #take take another}. Its earlier waiting time counts.
 *
 * <p>Safe for use by any thread. One platform thread starts all tasks, so that the scheduler has them in one
 * queue.
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

  /**
   * Turns on {@code threads}, {@code atOnce} at a time, and more for those that have waited for
   * {@code tooLong} nanoseconds.
   */
  Turns(Executor threads, int atOnce, long tooLong, LongSupplier nanoTime) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.tooLong = tooLong;
    this.nanoTime = nanoTime;
  }

  /**
   * Waits until this thread's task has a turn. Returns at once if it has one, or if this thread has no task.
   *
   * @return how long the task has waited for its turns so far, in nanoseconds
   */
  public static long take() {
    return CURRENT.isBound() ? CURRENT.get().take() : 0;
  }

  /** Ends the turn of this thread's task, which may now wait for its client. */
  public static void end() {
    if (CURRENT.isBound()) {
      CURRENT.get().end();
    }
  }

  /** Starts the thread that starts tasks. */
  void start() {
    dispatcher = Thread.ofPlatform().daemon().name("turns").start(() -> {
      try {
        while (true) {
          begin(awaitNext());
        }
      } catch (InterruptedException e) {
        // Closed.
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
      if (begun.size() < atOnce || waiting.size() == 1) { // else the dispatcher knows that something waits
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

  /** Starts all tasks that may start now. */
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

  /** Takes the next turn from the queue if it may begin, else null. The caller holds the lock. */
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

  /**
   * A turn that waits, has begun or has ended. Written under the lock. Ordered by waiting time, the longest
   * first.
   */
  private static final class Turn implements Comparable<Turn> {
    private final Runnable begins;
    private long since; // when it began to wait, less its task's earlier waits
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

  /** A piece of work and its turn. While it runs, only its own thread uses it. */
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
            interrupted = true; // the turn still comes
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
