package io.vmxdecision.app.connection;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has tasks begin in the order in which they came, a few at a time, and knows how long each has waited. Virtual
 * threads alone begin in no order: while there is more work than the CPUs can do, some wait for many seconds.
 *
 * <p>A turn ends with its task, or before it waits for its client, or after {@value #LONGEST_MILLIS} ms if others
 * wait: so whatever a task waits for, it holds up nobody for longer.
 */
public final class Turns implements Executor, AutoCloseable {
  private static final long LONGEST_MILLIS = 50;
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
  private static final ScopedValue<Turn> CURRENT = ScopedValue.newInstance();

  private final Executor threads;
  private final int atOnce;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Turn> waiting = new ArrayDeque<>();
  private final Set<Turn> begun = new LinkedHashSet<>();
  private @Nullable Thread dispatcher;

  /** Turns of which so many are begun at once, by {@code threads}. */
  Turns(Executor threads, int atOnce, LongSupplier nanoTime) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.nanoTime = nanoTime;
  }

  /** How long the task that this thread runs had to wait to begin, in nanoseconds; 0 where there are no turns. */
  public static long waitedNanos() {
    return CURRENT.isBound() ? CURRENT.get().waitedNanos : 0;
  }

  /** Ends the turn of the task that this thread runs, since it may wait for its client now. */
  public static void end() {
    if (CURRENT.isBound()) {
      CURRENT.get().end();
    }
  }

  /** Starts the thread that begins the tasks that have had to wait. */
  void start() {
    // One of the platform's: what it starts is queued behind what others start, and not before it.
    dispatcher = Thread.ofPlatform().daemon().name("turns").start(this::dispatch);
  }

  @Override
  public void close() {
    if (dispatcher != null) {
      dispatcher.interrupt();
    }
  }

  @Override
  public void execute(Runnable task) {
    Turn turn = new Turn(task);
    lock.lock();
    try {
      if (!waiting.isEmpty() || begun.size() >= atOnce) {
        waiting.add(turn);
        changed.signal();
        return;
      }
      begin(turn);
    } finally {
      lock.unlock();
    }
    threads.execute(turn);
  }

  private void dispatch() {
    try {
      while (true) {
        threads.execute(awaitNext());
      }
    } catch (InterruptedException e) {
      // It is closed.
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

  /** The next task, if it may begin. */
  @Nullable
  Turn next() {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        return null;
      }
      if (begun.size() >= atOnce) {
        Iterator<Turn> oldest = begun.iterator();
        if (nanoTime.getAsLong() - oldest.next().began < LONGEST_NANOS) {
          return null;
        }
        oldest.remove();
      }
      Turn next = waiting.remove();
      begin(next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void begin(Turn turn) {
    turn.began = nanoTime.getAsLong();
    turn.waitedNanos = turn.began - turn.came;
    begun.add(turn);
  }

  /** A task that has its turn, or waits for it. */
  final class Turn implements Runnable {
    private final Runnable task;
    private final long came = nanoTime.getAsLong();
    private long began;
    private long waitedNanos;

    private Turn(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      try {
        ScopedValue.where(CURRENT, this).run(task);
      } finally {
        end();
      }
    }

    private void end() {
      lock.lock();
      try {
        if (begun.remove(this) && !waiting.isEmpty()) {
          changed.signal();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
