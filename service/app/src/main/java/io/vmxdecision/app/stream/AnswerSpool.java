package io.vmxdecision.app.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way from the thread that decides to the thread that writes, in order. Holds a bounded
 * number of chunks in memory, further ones in a temporary file, and makes the deciding thread wait only
 * when that is full, too: so a client that sends everything before it reads anything gets its answers.
 *
 * <p>A chunk is handed on when it is full. One that is not is offered before the deciding thread waits
 * for its client, and taken when no more comes for half a millisecond: a client that waits for an answer
 * gets it, and one that sends without pause does not have its answers cut into small pieces.
 *
 * <p>One thread writes, one reads; {@link #abandon} and {@link #close} are for either.
 */
final class AnswerSpool implements AutoCloseable {
  /** The size of a chunk in bytes. */
  static final int CHUNK_BYTES = 64 * 1024;

  private static final long LINGER_NANOS = 500_000;

  /** A piece of the answers; equal to none but itself. */
  static final class Chunk {
    private final byte[] bytes;
    private final int offset;
    private final int length;

    private Chunk(byte[] bytes, int offset, int length) {
      this.bytes = bytes;
      this.offset = offset;
      this.length = length;
    }

    /** The array that holds it. */
    byte[] bytes() {
      return bytes;
    }

    /** Where in the array it starts. */
    int offset() {
      return offset;
    }

    /** How many bytes it has, 1..{@value #CHUNK_BYTES}. */
    int length() {
      return length;
    }
  }

  private final int chunksInMemory;
  private final long bytesOnDisk;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private final ArrayDeque<byte[]> free = new ArrayDeque<>();

  /** Of the writing thread alone. */
  private byte[] filling = new byte[CHUNK_BYTES];

  private int filled;

  /** How much of {@link #filling} is offered, and how much of that was taken already. */
  private int offered;

  private int taken;
  private boolean readerWaits;

  private @Nullable FileChannel file;
  private long fileRead;
  private long fileWritten;
  private boolean finished;
  private boolean abandoned;

  AnswerSpool(long bytesInMemory, long bytesOnDisk) {
    this.chunksInMemory = (int) Math.max(1, bytesInMemory / CHUNK_BYTES);
    this.bytesOnDisk = bytesOnDisk;
  }

  /**
   * Appends bytes.
   *
   * @throws AbandonedException when nobody will read them
   * @throws UncheckedIOException when the file cannot be written
   */
  void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, CHUNK_BYTES - filled);
      System.arraycopy(bytes, from, filling, filled, part);
      filled += part;
      from += part;
      left -= part;
      if (filled == CHUNK_BYTES) {
        handOnFull();
      }
    }
  }

  /** Offers what was appended so far: it is taken soon, whether more follows or not. */
  void offer() {
    if (filled == offered) {
      return;
    }
    lock.lock();
    try {
      offered = filled;
      wakeReader();
    } finally {
      lock.unlock();
    }
  }

  /** Says that nothing more will be appended. */
  void finish() {
    lock.lock();
    try {
      if (filled > taken && !abandoned) {
        handOn();
      }
      finished = true;
      changed.signalAll();
    } catch (AbandonedException e) {
      finished = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  /** Says that nobody will read any more; a thread that waits to write gives up. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next chunk, as soon as there is one, or null after the last.
   *
   * @throws UncheckedIOException when the file cannot be read
   */
  @Nullable
  Chunk next() {
    lock.lock();
    try {
      long linger = LINGER_NANOS;
      while (true) {
        Chunk chunk = chunks.isEmpty() ? readFile() : chunks.poll();
        if (chunk == null && offered > taken && (linger <= 0 || finished)) {
          chunk = takeOffered();
        }
        if (chunk != null) {
          changed.signalAll();
          return chunk;
        }
        if (finished || abandoned) {
          return null;
        }
        readerWaits = true;
        if (offered > taken) {
          linger = changed.awaitNanos(linger);
        } else {
          changed.await();
        }
        readerWaits = false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AbandonedException();
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #next} would have to wait. */
  boolean isEmpty() {
    lock.lock();
    try {
      return chunks.isEmpty() && fileRead == fileWritten;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a chunk's memory back. */
  void recycle(Chunk chunk) {
    lock.lock();
    try {
      free.push(chunk.bytes());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (file != null) {
        file.close();
        file = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private void handOnFull() {
    lock.lock();
    try {
      handOn();
      wakeReader();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  private void wakeReader() {
    if (readerWaits) {
      changed.signalAll();
    }
  }

  private Chunk takeOffered() {
    byte[] bytes = newChunk();
    int length = offered - taken;
    System.arraycopy(filling, taken, bytes, 0, length);
    taken = offered;
    return new Chunk(bytes, 0, length);
  }

  private byte[] newChunk() {
    return free.isEmpty() ? new byte[CHUNK_BYTES] : free.pop();
  }

  private void handOn() throws IOException {
    while (!abandoned && fileWritten - fileRead + filled - taken > bytesOnDisk && !hasPlaceInMemory()) {
      changed.awaitUninterruptibly();
    }
    if (abandoned) {
      throw new AbandonedException();
    }
    if (hasPlaceInMemory()) {
      chunks.add(new Chunk(filling, taken, filled - taken));
      filling = newChunk();
    } else {
      writeFile();
    }
    filled = 0;
    offered = 0;
    taken = 0;
  }

  /** Memory is for what comes before the file's contents only, or the order would be lost. */
  private boolean hasPlaceInMemory() {
    return fileRead == fileWritten && chunks.size() < chunksInMemory;
  }

  private void writeFile() throws IOException {
    if (file == null) {
      Path path = Files.createTempFile("vmx-decision-answers", ".spool");
      file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    ByteBuffer source = ByteBuffer.wrap(filling, taken, filled - taken);
    while (source.hasRemaining()) {
      fileWritten += file.write(source, fileWritten);
    }
  }

  private @Nullable Chunk readFile() throws IOException {
    if (file == null || fileRead == fileWritten) {
      return null;
    }
    byte[] bytes = newChunk();
    int length = (int) Math.min(CHUNK_BYTES, fileWritten - fileRead);
    ByteBuffer target = ByteBuffer.wrap(bytes, 0, length);
    while (target.hasRemaining()) {
      int read = file.read(target, fileRead + target.position());
      if (read < 0) {
        throw new IOException("the spool file is shorter than what was written");
      }
    }
    fileRead += length;
    if (fileRead == fileWritten) {
      fileRead = 0;
      fileWritten = 0;
      file.truncate(0);
    }
    return new Chunk(bytes, 0, length);
  }

  /** The other side is gone. */
  static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedException() {
      super("nobody reads the answers", null, false, false);
    }
  }
}
