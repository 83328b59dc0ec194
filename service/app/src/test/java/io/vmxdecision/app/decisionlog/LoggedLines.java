package io.vmxdecision.app.decisionlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The lines of a decision log that a running service writes, from where a test began. */
public final class LoggedLines {
  private final Path file;
  private final long start;

  /** What will be written from now on. */
  public LoggedLines(Path file) {
    this.file = file;
    this.start = size();
  }

  private long size() {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until there are {@code count} lines; they are all that there is. */
  public List<JsonNode> await(int count) {
    return text(count).lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  /** Waits until there are {@code count} lines; their text. */
  public String text(int count) {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    String text = read();
    while (text.chars().filter(c -> c == '\n').count() < count && System.nanoTime() < deadline) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      text = read();
    }
    assertThat(text.chars().filter(c -> c == '\n').count()).isEqualTo(count);
    assertThat(text).endsWith("\n");
    return text;
  }

  private String read() {
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(start);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
