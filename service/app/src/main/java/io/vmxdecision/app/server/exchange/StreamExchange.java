package io.vmxdecision.app.server.exchange;

import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.problem.Faults;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one stream. Two threads share three tasks: to read requests, to decide, and to write answers. Usually
 * one thread reads and writes in turn, since two threads at one socket get in each other's way, and the other
 * one decides. A free thread takes over a task from a busy one:
 *
 * <ul>
 *   <li>A write takes long, because the client does not read. The other thread reads, and the answers go to
 *       the spool: the client may want to send everything before it reads anything.
 *   <li>A read takes long, and there are answers: the client waits for them. The other thread writes them.
 * </ul>
 *
 * <p>Waking a thread costs as much as several decisions. So a thread is woken for whole chunks. It is woken
 * for less only when it waits without a time limit, which it does when nothing is in progress.
 */
public final class StreamExchange {
  /** How long a read or a write may take, or an answer may wait, before the other thread takes over. */
  private static final long PATIENCE_NANOS = 500_000;

  /** The most bytes that are read ahead of the decisions. */
  private static final long REQUESTS_IN_MEMORY = 4L * Spool.CHUNK_BYTES;

  private static final String BROKEN_OFF =
      "The stream ends here: its body broke off, or nothing came for longer than this service waits.";

  private static final Logger LOG = LoggerFactory.getLogger(StreamExchange.class);

  private enum Task {
    READ,
    DECIDE,
    WRITE,
    END
  }

  private final StreamProtocol protocol;
  private final InputStream in;
  private final OutputStream out;
  private final StreamInput window;

  /** Guards the fields below, and both spools. */
  private final ReentrantLock lock;

  private final Condition changed;
  private final Spool requests;
  private final Spool answers;

  private boolean reading;
  private boolean deciding;
  private boolean writing;
  private long readBegan;
  private long writeBegan = System.nanoTime() - PATIENCE_NANOS;

  private boolean allRead;

  /** Whether the body ended before its end: the client is gone, or has paused for too long. */
  private boolean brokenOff;

  /** Whether the window may hold requests that were not looked at. */
  private boolean undecided;

  private boolean allDecided;

  /** Whether written bytes may still be in the server's buffer. */
  private boolean unflushed;

  private boolean allWritten;
  private boolean waiting;

  /** Whether the waiting thread waits without a time limit. */
  private boolean asleep;

  /** Whether the client was told, in the format of the stream, that the service ends it. */
  private boolean refused;

  /** The failure of which the client could not be told. */
  private @Nullable Throwable failure;

  private StreamExchange(
      StreamProtocol protocol,
      InputStream in,
      OutputStream out,
      StreamInput window,
      ReentrantLock lock,
      Spool requests,
      Spool answers) {
    this.protocol = protocol;
    this.in = in;
    this.out = out;
    this.window = window;
    this.lock = lock;
    this.changed = lock.newCondition();
    this.requests = requests;
    this.answers = answers;
  }

  /**
   * Answers the requests of {@code in} to {@code out} until the body ends, a fault ends the stream, or the
   * client is gone. Then it closes {@code out}. {@code meter} meters what the stream holds beyond its fixed
   * buffers.
   *
   * <p>When the service ends the stream, it tells the client in the format of the stream. If even that fails,
   * this throws and does not close {@code out}: the answer must not look complete.
   *
   * @return whether the stream came to its end; false if either side broke it off
   */
  public static boolean run(
      StreamProtocol protocol,
      InputStream in,
      OutputStream out,
      ExchangeLimits limits,
      BodyMeter meter)
      throws IOException, InterruptedException {
    ReentrantLock lock = new ReentrantLock();
    try (Spool requests = new Spool(lock, REQUESTS_IN_MEMORY, 0, meter);
        Spool answers =
            new Spool(lock, limits.answersInMemory().toBytes(), limits.answersOnDisk().toBytes(), meter)) {
      StreamExchange exchange =
          new StreamExchange(protocol, in, out, new StreamInput(meter), lock, requests, answers);
      // A platform thread: a virtual one needs a third thread to wait with a time limit. The other thread is
      // that of the request, since a second platform thread costs throughput.
      Thread decider = Thread.ofPlatform().daemon().name("stream").start(() -> exchange.work(true));
      exchange.work(false);
      decider.join();
      if (exchange.failure instanceof Error error) {
        throw error;
      }
      if (exchange.failure instanceof RuntimeException exception) {
        throw exception;
      }
      return !exchange.refused && !exchange.brokenOff;
    }
  }

  private void work(boolean preferablyDeciding) {
    boolean ended = false;
    try {
      for (Task task = next(preferablyDeciding); task != Task.END; task = next(preferablyDeciding)) {
        switch (task) {
          case READ -> read();
          case DECIDE -> decide();
          default -> write();
        }
      }
      ended = true;
    } catch (RuntimeException | Error e) { // an Error must not look like the end of the answers either
      failure = e;
    } finally {
      if (!ended) { // the other thread must not wait for this one
        end();
      }
    }
  }

  /** What to do next; waits until there is something. */
  private Task next(boolean preferablyDeciding) {
    lock.lock();
    try {
      while (!allWritten) {
        long now = System.nanoTime();
        boolean mayDecide = mayDecide();
        if (preferablyDeciding && mayDecide) {
          return decideNext();
        }
        if (mayWrite(now)) {
          writing = true;
          writeBegan = now;
          return Task.WRITE;
        }
        if (mayRead(now)) {
          reading = true;
          readBegan = now;
          return Task.READ;
        }
        if (mayDecide) {
          return decideNext();
        }
        waiting = true;
        asleep = nothingIsDueSoon(now);
        if (asleep) {
          changed.await();
        } else {
          changed.awaitNanos(PATIENCE_NANOS);
        }
        waiting = false;
        asleep = false;
      }
      return Task.END;
    } catch (InterruptedException e) {
      end();
      return Task.END;
    } finally {
      lock.unlock();
    }
  }

  private boolean mayDecide() {
    return !deciding && !allDecided && (undecided || allRead || !requests.isEmpty()) && answers.hasRoom();
  }

  private Task decideNext() {
    deciding = true;
    return Task.DECIDE;
  }

  private boolean mayWrite(long now) {
    boolean due = allDecided || answers.hasChunk() || (answersLie() && isLate(writeBegan, now));
    return !writing && due && (!reading || isLate(readBegan, now));
  }

  private boolean mayRead(long now) {
    return !reading
        && !allRead
        && !allDecided
        && requests.hasRoom()
        && (!writing || isLate(writeBegan, now));
  }

  private boolean answersLie() {
    return unflushed || !answers.isEmpty();
  }

  private static boolean isLate(long began, long now) {
    return now - began >= PATIENCE_NANOS;
  }

  /** Whether the passing of time changes nothing: no task has just begun, and no answer waits to be written. */
  private boolean nothingIsDueSoon(long now) {
    return (!reading || isLate(readBegan, now))
        && (writing ? isLate(writeBegan, now) : !answersLie());
  }

  private void read() {
    boolean more = false;
    try {
      more = requests.fill(in);
    } catch (IOException e) {
      LOG.debug("A stream ended: its client is gone, or has sent nothing for too long", e);
      brokenOff = true;
    }
    lock.lock();
    try {
      reading = false;
      allRead = !more;
      if (asleep || allRead || requests.hasChunk()) {
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  private void decide() {
    boolean more = false;
    StreamProtocol.Progress progress = StreamProtocol.Progress.ENDED;
    try {
      more = takeRequests();
      progress = answerUntilAChunkIsFull();
      if (brokenOff && !more && progress == StreamProtocol.Progress.NEEDS_INPUT) {
        refuse(new RejectedRequestException(ProblemKind.REQUEST_TIMEOUT, BROKEN_OFF));
      }
    } catch (RejectedRequestException e) {
      refuse(e);
    } catch (RuntimeException | Error e) { // earlier decisions stand
      LOG.error("A stream failed: {}", Faults.where(e));
      progress = StreamProtocol.Progress.ENDED;
      refuse(
          new RejectedRequestException(ProblemKind.INTERNAL, "The stream ends here. See the service's log."));
    }
    answers.offer();
    lock.lock();
    try {
      deciding = false;
      undecided = progress == StreamProtocol.Progress.ANSWERED;
      allDecided = progress == StreamProtocol.Progress.ENDED || !(more || undecided);
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void refuse(RejectedRequestException e) {
    refused = true;
    protocol.refuse(e, window, answers);
  }

  /** Appends the next chunk to the window; returns whether more requests may follow. */
  private boolean takeRequests() {
    lock.lock();
    try {
      Spool.Chunk chunk = requests.poll();
      if (chunk != null) {
        window.append(chunk);
        requests.recycle(chunk);
        return true;
      }
      if (allRead && !brokenOff) {
        window.end();
      }
      return !allRead;
    } finally {
      lock.unlock();
    }
  }

  private StreamProtocol.Progress answerUntilAChunkIsFull() {
    long chunks = answers.chunksHandedOn();
    StreamProtocol.Progress progress;
    do {
      progress = protocol.answerNext(window, answers);
    } while (progress == StreamProtocol.Progress.ANSWERED && answers.chunksHandedOn() == chunks);
    return progress;
  }

  private void write() {
    boolean last = false;
    try {
      boolean full = answers.hasChunk();
      Spool.Chunk chunk = answers.poll();
      if (chunk != null) {
        out.write(chunk.bytes(), chunk.offset(), chunk.length());
        answers.recycle(chunk);
      } else if (unflushed) {
        out.flush();
      } else if (allDecided) {
        if (failure == null) {
          // Ends the answer even if the other thread still waits for input after a fault.
          out.close();
        }
        last = true;
      }
      if (!full && chunk != null) { // the client may wait for it
        out.flush();
      }
      unflushed = full;
    } catch (IOException e) {
      LOG.debug("A stream ended: its client is gone, or has read nothing for too long", e);
      last = true;
    }
    lock.lock();
    try {
      writing = false;
      if (last) {
        end();
      } else {
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      allWritten = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    if (waiting) {
      changed.signalAll();
    }
  }
}
