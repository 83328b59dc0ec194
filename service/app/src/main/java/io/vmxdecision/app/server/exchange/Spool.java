package io.vmxdecision.app.server.exchange;

import io.vmxdecision.app.server.overload.BodyMeter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue of bytes from one thread to another. It holds some chunks in memory and further ones in a temporary
 * file. It never waits: the producer asks for room before ({@link #hasRoom}), and may finish what it has
 * begun.
 *
 * <p>A full chunk is handed on. A partial chunk can be taken once it is offered. So a consumer that waits
 * gets it, and a producer that does not pause makes no small pieces.
 *
 * <p>For one producer and one consumer at a time. {@link #close} is to be called when both have ended.
 */
public final class Spool implements AutoCloseable {
  /** The size of a chunk in bytes. */
  static final int CHUNK_BYTES = 64 * 1024;

  /** A piece of the bytes. Compared by identity. */
  public static final class Chunk {
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
  private final BodyMeter meter;
  private final ReentrantLock lock;
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private final ArrayDeque<byte[]> free = new ArrayDeque<>();

  /** Used by the producer only, except for the part that is offered. */
  private byte[] filling = new byte[CHUNK_BYTES];

  private int filled;
  private long chunksHandedOn;

  /** How many bytes of {@link #filling} are offered, and how many of these are taken. */
  private int offered;

  private int taken;

  private @Nullable FileChannel file;
  private long fileRead;
  private long fileWritten;

  /** How many bytes were taken from the disk budget that all streams share. */
  private long diskTaken;

  /**
   * A spool that is guarded by {@code lock}. A caller that holds the lock can combine several calls.
   * {@code meter} meters the bytes on disk.
   */
  public Spool(ReentrantLock lock, long bytesInMemory, long bytesOnDisk, BodyMeter meter) {
    this.meter = meter;
    this.lock = lock;
    this.chunksInMemory = (int) Math.max(1, bytesInMemory / CHUNK_BYTES);
    this.bytesOnDisk = bytesOnDisk;
  }

  /** How many chunks were handed on so far. For the producer. */
  public long chunksHandedOn() {
    return chunksHandedOn;
  }

  /** Whether there is room for one more chunk. A write without room exceeds the limit. */
  boolean hasRoom() {
    lock.lock();
    try {
      return hasPlaceInMemory() || hasPlaceOnDisk();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Appends bytes.
   *
   * @throws UncheckedIOException when the file cannot be written
   */
  public void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, CHUNK_BYTES - filled);
      System.arraycopy(bytes, from, filling, filled, part);
      filled += part;
      from += part;
      left -= part;
      if (filled == CHUNK_BYTES) {
        handOn();
      }
    }
  }

  /**
   * Reads from {@code in} once, a chunk at most, and appends and offers the bytes. Waits for them.
   *
   * @return false at the end of {@code in}
   */
  public boolean fill(InputStream in) throws IOException {
    int read = in.read(filling, filled, CHUNK_BYTES - filled);
    if (read < 0) {
      return false;
    }
    filled += read;
    if (filled == CHUNK_BYTES) {
      handOn();
    } else {
      offer();
    }
    return true;
  }

  /** Offers what was appended so far to the consumer, whether more follows or not. */
  public void offer() {
    lock.lock();
    try {
      offered = filled;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next chunk, full or offered, or null if there is none.
   *
   * @throws UncheckedIOException when the file cannot be read
   */
  @Nullable
  public Chunk poll() {
    lock.lock();
    try {
      Chunk chunk = chunks.isEmpty() ? readFile() : chunks.poll();
      return chunk == null && offered > taken ? takeOffered() : chunk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #poll} has a full chunk. */
  boolean hasChunk() {
    lock.lock();
    try {
      return !chunks.isEmpty() || fileRead != fileWritten;
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #poll} has nothing. */
  boolean isEmpty() {
    lock.lock();
    try {
      return !hasChunk() && offered == taken;
    } finally {
      lock.unlock();
    }
  }

  /** Takes back the memory of a chunk, for reuse. */
  public void recycle(Chunk chunk) {
    lock.lock();
    try {
      free.push(chunk.bytes());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (file != null) {
        file.close();
      }
    } finally {
      releaseDisk();
    }
  }

  private void releaseDisk() {
    meter.releaseDisk(diskTaken);
    diskTaken = 0;
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

  private void handOn() {
    lock.lock();
    try {
      if (!hasPlaceInMemory() && bytesOnDisk >= CHUNK_BYTES) {
        writeFile();
      } else if (filled > taken) {
        chunks.add(new Chunk(filling, taken, filled - taken));
        filling = newChunk();
      }
      filled = 0;
      offered = 0;
      taken = 0;
      chunksHandedOn++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  /** Only while the file is empty: what is in memory is read before the file. */
  private boolean hasPlaceInMemory() {
    return fileRead == fileWritten && chunks.size() < chunksInMemory;
  }

  private boolean hasPlaceOnDisk() {
    long needed = fileWritten + CHUNK_BYTES; // what was read still takes space
    if (needed > bytesOnDisk) {
      return false;
    }
    if (needed > diskTaken) {
      if (!meter.tryDisk(needed - diskTaken)) {
        return false; // until this client, or another, reads
      }
      diskTaken = needed;
    }
    return true;
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
      releaseDisk();
    }
    return new Chunk(bytes, 0, length);
  }
}
