package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.support.LogLines;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFileTest {
  private static final long MANY = 10_000_000;

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = folder.resolve("log");
  }

  /** A disk that takes so many bytes, as many as fit of a piece, and then none. */
  private static final class Disk implements LogFile.Opener {
    private long room = Long.MAX_VALUE;

    @Override
    public WritableByteChannel open(Path path) throws IOException {
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return new WritableByteChannel() {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
          if (room == 0) {
            throw new IOException("No space left on device");
          }
          int taken = (int) Math.min(room, bytes.remaining());
          int written = channel.write(bytes.slice(bytes.position(), taken));
          bytes.position(bytes.position() + written);
          room -= written;
          return written;
        }

        @Override
        public boolean isOpen() {
          return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
          channel.close();
        }
      };
    }
  }

  private static byte[] line(char letter, int bytes) {
    return (String.valueOf(letter).repeat(bytes - 1) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  private List<String> letters(Path path) throws IOException {
    return Files.readAllLines(path).stream().map(line -> line.substring(0, 1)).toList();
  }

  /** Lines shorter and longer than any buffer on the way. */
  @ParameterizedTest
  @ValueSource(ints = {20, 8_000, 9_000, 200_000})
  void aLineThatAFullDiskHasNoRoomForFailsAndTheNextOneIsWhole(int bytes) throws IOException {
    Disk disk = new Disk();
    try (LogFile log = new LogFile(file, MANY, 2, disk)) {
      log.write(line('a', bytes));
      disk.room = bytes / 2;
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> log.write(line('b', bytes))).isInstanceOf(IOException.class);
      }
      disk.room = 1; // for the line feed after the torn line, and no more
      assertThatThrownBy(() -> log.write(line('c', bytes))).isInstanceOf(IOException.class);
      disk.room = Long.MAX_VALUE;
      log.write(line('d', bytes));
      log.write(line('e', bytes));
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).extracting(line -> line.substring(0, 1)).containsExactly("a", "b", "d", "e");
    assertThat(lines).extracting(String::length)
        .containsExactly(bytes - 1, bytes / 2, bytes - 1, bytes - 1);
  }

  @Test
  void aFileThatIsRemovedOrRenamedIsBegunAnewAndGoesOnToRotate() throws IOException {
    try (LogFile log = new LogFile(file, 100, 3)) {
      log.write(line('a', 40));
      Files.delete(file);
      log.write(line('b', 40));
      assertThat(letters(file)).containsExactly("b");
      Files.move(file, folder.resolve("elsewhere"));
      log.write(line('c', 40));
      log.write(line('d', 40));
      log.write(line('e', 40));
    }
    assertThat(letters(folder.resolve("elsewhere"))).containsExactly("b");
    assertThat(letters(folder.resolve("log.1"))).containsExactly("c", "d");
    assertThat(letters(file)).containsExactly("e");
  }

  @Test
  void aFileThatAnotherTookThePlaceOfIsLeft() throws IOException {
    try (LogFile log = new LogFile(file, MANY, 2)) {
      log.write(line('a', 40));
      Path other = Files.write(folder.resolve("other"), line('x', 40));
      Files.move(file, folder.resolve("elsewhere"));
      Files.move(other, file);
      log.write(line('b', 40));
    }
    assertThat(letters(file)).containsExactly("x", "b");
  }

  @Test
  void aFolderThatIsRemovedIsMadeAnew() throws IOException {
    Path deep = folder.resolve("deep/log");
    try (LogFile log = new LogFile(deep, MANY, 2)) {
      log.write(line('a', 40));
      Files.delete(deep);
      Files.delete(deep.getParent());
      log.write(line('b', 40));
    }
    assertThat(letters(deep)).containsExactly("b");
  }

  /** {@code copytruncate} of logrotate. */
  @Test
  void aFileThatIsTruncatedIsWrittenFromItsStart() throws IOException {
    try (LogFile log = new LogFile(file, 100, 3)) {
      log.write(line('a', 60));
      Files.write(file, new byte[0]);
      log.write(line('b', 60));
      assertThat(letters(file)).containsExactly("b");
      log.write(line('c', 60));
    }
    assertThat(letters(folder.resolve("log.1"))).containsExactly("b");
    assertThat(letters(file)).containsExactly("c");
  }

  @Test
  void aFileThatCannotBeRenamedGrowsAndNoOlderOneIsLost() throws IOException {
    List<String> expected = new ArrayList<>();
    try (LogLines said = new LogLines(DecisionLog.class); LogFile log = new LogFile(file, 100, 4)) {
      Files.createDirectory(folder.resolve("log.3")); // in the way: it cannot be replaced
      Files.createFile(folder.resolve("log.3/full"));
      for (char letter = 'a'; letter <= 'h'; letter++) {
        log.write(line(letter, 60));
        expected.add(String.valueOf(letter));
      }
      assertThat(said.with("cannot be renamed")).hasSize(1);
    }
    List<String> kept = new ArrayList<>();
    for (String name : List.of("log.2", "log.1", "log")) {
      kept.addAll(letters(folder.resolve(name)));
    }
    assertThat(kept).isEqualTo(expected);
  }
}
