package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerSpoolTest {
  private static final int CHUNK = AnswerSpool.CHUNK_BYTES;

  @ParameterizedTest
  @CsvSource({"1, 0", "1, 1000", "100, 1000", "2, 3"})
  void whatIsWrittenIsReadInOrderWhetherMemoryOrDiskHeldIt(int chunksInMemory, int chunksOnDisk)
      throws IOException {
    byte[] bytes = new byte[50 * CHUNK + 17];
    new Random(1).nextBytes(bytes);
    try (AnswerSpool spool = new AnswerSpool((long) chunksInMemory * CHUNK, (long) chunksOnDisk * CHUNK)) {
      CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> readAll(spool));
      Random sizes = new Random(2);
      for (int at = 0; at < bytes.length;) {
        int length = Math.min(sizes.nextInt(3 * CHUNK), bytes.length - at);
        spool.write(bytes, at, length);
        at += length;
        if (sizes.nextInt(4) == 0) {
          spool.offer();
        }
      }
      spool.finish();
      assertThat(read.join()).isEqualTo(bytes);
    }
  }

  @Test
  void aWriterWithoutReaderGetsAsFarAsMemoryAndDiskReach() throws IOException {
    byte[] bytes = new byte[10 * CHUNK];
    new Random(3).nextBytes(bytes);
    try (AnswerSpool spool = new AnswerSpool(2 * CHUNK, 8 * CHUNK)) {
      spool.write(bytes, 0, bytes.length); // does not wait
      spool.finish();
      assertThat(readAll(spool)).isEqualTo(bytes);
      assertThat(spool.isEmpty()).isTrue();
    }
  }

  @Test
  void aWriterThatWaitsGivesUpWhenTheReaderIsGone() throws IOException {
    try (AnswerSpool spool = new AnswerSpool(CHUNK, 0)) {
      CompletableFuture<Void> write =
          CompletableFuture.runAsync(() -> spool.write(new byte[3 * CHUNK], 0, 3 * CHUNK));
      spool.abandon();
      assertThatThrownBy(write::join).hasCauseInstanceOf(AnswerSpool.AbandonedException.class);
    }
  }

  @Test
  void whatIsOfferedIsReadThoughNothingFollows() throws IOException {
    try (AnswerSpool spool = new AnswerSpool(CHUNK, CHUNK)) {
      for (int i = 0; i < 3; i++) {
        spool.write(new byte[]{(byte) i, 7}, 0, 2);
        spool.offer();
        AnswerSpool.Chunk chunk = Objects.requireNonNull(spool.next());
        assertThat(Arrays.copyOfRange(chunk.bytes(), chunk.offset(), chunk.offset() + chunk.length()))
            .containsExactly(i, 7);
      }
    }
  }

  @Test
  void nothingWrittenIsNothingRead() throws IOException {
    try (AnswerSpool spool = new AnswerSpool(CHUNK, CHUNK)) {
      spool.offer();
      spool.finish();
      assertThat(spool.next()).isNull();
    }
  }

  private static byte[] readAll(AnswerSpool spool) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (AnswerSpool.Chunk chunk = spool.next(); chunk != null; chunk = spool.next()) {
      all.write(chunk.bytes(), chunk.offset(), chunk.length());
      spool.recycle(chunk);
    }
    return all.toByteArray();
  }
}
