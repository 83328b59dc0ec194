package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.BodyMeter;
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
 * Runs one stream: reads requests, decides, and writes answers, with two threads that take these tasks as
 * they come. Usually one reads and writes in turn, since two at one socket get in each other's way, while
 * the other decides what was read. Who is free looks after the tasks of who is not:
 *
 * <ul>
 *   <li>A write takes long: the client does not read. The other thread reads, too, and the answers go to the
 *       spool, since the client may want to send everything before it reads anything.
 *   <li>A read takes long, and answers lie there: the client waits for them. The other thread writes them.
 * </ul>
 *
 * <p>To wake a thread costs as much as some decisions. So one is woken for whole chunks, and for less only
 * when it waits without a time limit, which it does when nothing is under way.
 */
final class StreamExchange {
  /** How long a read or a write may take, or answers may lie, before the other thread takes over. */
  private static final long PATIENCE_NANOS = 500_000;

  /** What is read ahead of what is decided. */
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

  /** Guards what follows, and both spools. */
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

  /** Whether the body ended because nothing came any more, and not at its end. */
  private boolean brokenOff;

  /** Whether requests may lie in the window that were not looked at. */
  private boolean undecided;

  private boolean allDecided;

  /** Whether the end of what was written may still lie with the server. */
  private boolean unflushed;

  private boolean allWritten;
  private boolean waiting;

  /** Whether who waits does so without a time limit. */
  private boolean asleep;

  /** Whether the client was told, in the stream's own form, that the service ends it. */
  private boolean refused;

  /** What kept the client from being told anything. */
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
   * Answers the requests of {@code in} to {@code out} until the body ends, a fault ends the stream, or
   * the client is gone; then closes {@code out}. {@code meter} is told of what the stream holds beyond
   * the buffers that each has.
   *
   * <p>A stream that the service ends says so in its own form. Where even that fails, this throws, and {@code out} is
   * not closed: the answer must not look whole.
   *
   * @return whether the stream came to its end; false if it was broken off, by either side
   */
  static boolean run(
      StreamProtocol protocol,
      InputStream in,
      OutputStream out,
      StreamLimits limits,
      BodyMeter meter)
      throws IOException, InterruptedException {
    ReentrantLock lock = new ReentrantLock();
    try (Spool requests = new Spool(lock, REQUESTS_IN_MEMORY, 0, meter);
        Spool answers =
            new Spool(lock, limits.answersInMemory().toBytes(), limits.answersOnDisk().toBytes(), meter)) {
      StreamExchange exchange =
          new StreamExchange(protocol, in, out, new StreamInput(meter), lock, requests, answers);
      // One of the platform's: a virtual one needs a third thread's help to wait with a time limit. The other is the request's
      // own: with two of the platform's the bench showed less throughput.
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
    } catch (RuntimeException | Error e) { // an Error, too, must not look like the end of the answers
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

  /** Time alone changes nothing when neither a task has just begun nor anything lies to be written. */
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
    } catch (RuntimeException | Error e) { // what was decided before is decided
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

  /** Whether there may be more requests later, or now, beyond those in the window. */
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
          // Ends the answer even if the other thread still waits for more of what a fault has ended.
          out.close();
        }
        last = true;
      }
      if (!full && chunk != null) { // somebody may wait for it
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
