package io.vmxdecision.app.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.support.FreeMeter;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpoolTest {
  private static final int CHUNK = Spool.CHUNK_BYTES;

  @ParameterizedTest
  @CsvSource({"1, 0", "1, 1000", "100, 1000", "2, 3"})
  void whatIsWrittenIsReadInOrderWhetherMemoryOrDiskHeldIt(int chunksInMemory, int chunksOnDisk)
      throws IOException {
    byte[] bytes = new byte[50 * CHUNK + 17];
    new Random(1).nextBytes(bytes);
    try (Spool spool = spool(chunksInMemory, chunksOnDisk)) {
      CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> read(spool, bytes.length));
      Random sizes = new Random(2);
      for (int at = 0; at < bytes.length;) {
        int length = Math.min(sizes.nextInt(3 * CHUNK), bytes.length - at);
        spool.write(bytes, at, length);
        at += length;
        if (sizes.nextInt(4) == 0) {
          spool.offer();
        }
      }
      spool.offer();
      assertThat(read.join()).isEqualTo(bytes);
    }
  }

  private final AtomicLong disk = new AtomicLong(100L * CHUNK);
  private final BodyMeter meter =
      new FreeMeter() {
        @Override
        public boolean tryDisk(long bytes) {
          return disk.get() >= bytes && disk.addAndGet(-bytes) >= 0;
        }

        @Override
        public void releaseDisk(long bytes) {
          disk.addAndGet(bytes);
        }
      };

  @Test
  void whatLiesOnTheDiskIsTakenFromWhatAllStreamsShare() throws IOException {
    disk.set(3L * CHUNK);
    try (Spool one = spool(1, 100); Spool other = spool(1, 100)) {
      int chunks = 0;
      for (; one.hasRoom(); chunks++) {
        one.write(new byte[CHUNK], 0, CHUNK);
      }
      assertThat(chunks).as("one in memory, three on the disk").isEqualTo(4);
      other.write(new byte[CHUNK], 0, CHUNK);
      assertThat(other.hasRoom()).as("the disk is taken").isFalse();
      while (!one.isEmpty()) {
        one.poll();
      }
      assertThat(other.hasRoom()).as("the first one's client has read").isTrue();
    }
    assertThat(disk).hasValue(3L * CHUNK);
  }

  @Test
  void aWriterWithoutReaderGetsAsFarAsMemoryAndDiskReach() throws IOException {
    byte[] bytes = new byte[10 * CHUNK];
    new Random(3).nextBytes(bytes);
    try (Spool spool = spool(2, 8)) {
      spool.write(bytes, 0, bytes.length); // does not wait
      spool.offer();
      assertThat(readAll(spool)).isEqualTo(bytes);
      assertThat(spool.isEmpty()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "1, 1", "2, 3"})
  void withoutRoomItSaysSoAndLosesNothingAllTheSame(int chunksInMemory, int chunksOnDisk) throws IOException {
    byte[] bytes = new byte[10 * CHUNK];
    new Random(4).nextBytes(bytes);
    try (Spool spool = spool(chunksInMemory, chunksOnDisk)) {
      for (int i = 0; i < 10; i++) {
        assertThat(spool.hasRoom()).isEqualTo(i < chunksInMemory + chunksOnDisk);
        spool.write(bytes, i * CHUNK, CHUNK);
      }
      assertThat(readAll(spool)).isEqualTo(bytes);
      assertThat(spool.hasRoom()).isTrue();
    }
  }

  @Test
  void itIsFilledByReadsUpToTheEnd() throws IOException {
    byte[] bytes = new byte[3 * CHUNK + 5];
    new Random(5).nextBytes(bytes);
    InputStream in = new ByteArrayInputStream(bytes);
    try (Spool spool = spool(10, 0)) {
      while (spool.fill(in)) {
        assertThat(spool.isEmpty()).isFalse();
      }
      assertThat(readAll(spool)).isEqualTo(bytes);
    }
  }

  @Test
  void whatIsNeitherFullNorOfferedIsNotRead() throws IOException {
    try (Spool spool = spool(1, 1)) {
      spool.write(new byte[CHUNK - 1], 0, CHUNK - 1);
      assertThat(spool.isEmpty()).isTrue();
      assertThat(spool.poll()).isNull();
      spool.offer();
      assertThat(spool.isEmpty()).isFalse();
      assertThat(spool.hasChunk()).isFalse();
      spool.write(new byte[1], 0, 1);
      assertThat(spool.hasChunk()).isTrue();
      assertThat(spool.chunksHandedOn()).isOne();
      assertThat(readAll(spool)).hasSize(CHUNK);
    }
  }

  @Test
  void whatIsOfferedIsReadThoughNothingFollows() throws IOException {
    try (Spool spool = spool(1, 1)) {
      for (int i = 0; i < 3; i++) {
        spool.write(new byte[]{(byte) i, 7}, 0, 2);
        spool.offer();
        Spool.Chunk chunk = Objects.requireNonNull(spool.poll());
        assertThat(Arrays.copyOfRange(chunk.bytes(), chunk.offset(), chunk.offset() + chunk.length()))
            .containsExactly(i, 7);
      }
    }
  }

  @Test
  void nothingWrittenIsNothingRead() throws IOException {
    try (Spool spool = spool(1, 1)) {
      spool.offer();
      spool.offer();
      assertThat(spool.poll()).isNull();
    }
  }

  private Spool spool(int chunksInMemory, int chunksOnDisk) {
    return new Spool(new ReentrantLock(), (long) chunksInMemory * CHUNK, (long) chunksOnDisk * CHUNK, meter);
  }

  private static byte[] readAll(Spool spool) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Spool.Chunk chunk = spool.poll(); chunk != null; chunk = spool.poll()) {
      all.write(chunk.bytes(), chunk.offset(), chunk.length());
      spool.recycle(chunk);
    }
    return all.toByteArray();
  }

  /** Reads until so many bytes have come. */
  private static byte[] read(Spool spool, int bytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (all.size() < bytes) {
      all.writeBytes(readAll(spool));
    }
    return all.toByteArray();
  }
}
