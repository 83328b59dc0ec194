package io.vmxdecision.app.decisionlog;

import io.vmxdecision.app.problem.RareWarning;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A file of lines. One that a line would make too large is renamed to {@code file.1}, that one to {@code
 * file.2}, and so on; the oldest is deleted. The file is opened anew when somebody has removed or renamed it,
 * and after each failure. A line that was written in part is ended before the next one.
 */
final class LogFile implements LineTarget {
  /** The JDK keeps a buffer outside of the heap that is as large as the largest piece it wrote. */
  private static final int PIECE_BYTES = 1 << 16;

  private final Path file;
  private final long mostBytes;
  private final int mostFiles;
  private final Opener opener;
  private final RareWarning notRotated = new RareWarning(
      LoggerFactory.getLogger(DecisionLog.class),
      "The file of the decision log is larger than max-file-size, since it cannot be renamed");

  private @Nullable WritableByteChannel channel;

  /** What the file system knows the open file by. */
  private @Nullable Object key;

  /** Whether the open file ends within a line. */
  private boolean torn;

  /** Opens a file to append to it. */
  interface Opener {
    WritableByteChannel open(Path file) throws IOException;
  }

  /**
   * Opens the file, and makes its folders.
   *
   * @param mostBytes past this size another file is begun
   * @param mostFiles how many files are kept, the one that is written to included; 2 or more
   * @throws IOException when it cannot be written
   */
  LogFile(Path file, long mostBytes, int mostFiles) throws IOException {
    this(file, mostBytes, mostFiles, LogFile::append);
  }

  LogFile(Path file, long mostBytes, int mostFiles, Opener opener) throws IOException {
    this.file = file;
    this.mostBytes = mostBytes;
    this.mostFiles = mostFiles;
    this.opener = opener;
    open();
  }

  private static WritableByteChannel append(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void write(byte[] line) throws IOException {
    boolean written = false;
    try {
      WritableByteChannel out = channelFor(line.length);
      if (torn) {
        out.write(ByteBuffer.wrap(new byte[]{'\n'}));
        torn = false;
      }
      int end;
      for (int from = 0; from < line.length; from = end) {
        ByteBuffer piece = ByteBuffer.wrap(line, from, Math.min(PIECE_BYTES, line.length - from));
        out.write(piece);
        end = piece.position();
      }
      written = true;
    } finally {
      if (!written) {
        close(); // and sees how the file ends when it opens it for the next line
      }
    }
  }

  /** The file to write so many bytes to. */
  private WritableByteChannel channelFor(int bytes) throws IOException {
    WritableByteChannel open = channel;
    BasicFileAttributes found = attributes();
    if (found != null && found.size() != 0 && found.size() + bytes > mostBytes) {
      close();
      rotate();
      return open();
    }
    return open != null && found != null && Objects.equals(found.fileKey(), key) ? open : open();
  }

  private WritableByteChannel open() throws IOException {
    close();
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    torn = endsWithinALine();
    WritableByteChannel opened = opener.open(file);
    channel = opened;
    BasicFileAttributes found = attributes();
    key = found == null ? null : found.fileKey();
    return opened;
  }

  private @Nullable BasicFileAttributes attributes() throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private boolean endsWithinALine() throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (RandomAccessFile end = new RandomAccessFile(file.toFile(), "r")) {
      if (end.length() == 0) {
        return false;
      }
      end.seek(end.length() - 1);
      return end.read() != '\n';
    }
  }

  /** Renames the files up to the first name that is free. If that fails, the file grows. */
  private void rotate() {
    int free = 1;
    while (free < mostFiles - 1 && Files.exists(numbered(free))) {
      free++;
    }
    try {
      for (int to = free; to >= 1; to--) {
        Files.move(numbered(to - 1), numbered(to), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      notRotated.say(e);
    }
  }

  private Path numbered(int index) {
    return index == 0 ? file : Path.of(file + "." + index);
  }

  @Override
  public void close() throws IOException {
    WritableByteChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }
}
