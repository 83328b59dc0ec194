package io.vmxdecision.app.decisionlog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The decision log: properties {@code vmx-decision.decision-log.*}.
 *
 * @param enabled whether there is one
 * @param file where lines go; none is the standard output
 * @param pages whether lines hold pages and memory, which are a guest's, and not their digests
 * @param maxFileSize past this size another file is begun
 * @param maxFiles how many files are kept, the one that is written to included
 * @param queue the size of lines that may wait to be written; a line that there is no room for is dropped
 */
@ConfigurationProperties("vmx-decision.decision-log")
public record DecisionLogProperties(
    @DefaultValue("false") boolean enabled,
    @Nullable Path file,
    @DefaultValue("false") boolean pages,
    @DefaultValue("100MB") DataSize maxFileSize,
    @DefaultValue("10") int maxFiles,
    @DefaultValue("16MB") DataSize queue) {
  /** All are renamed each time that another is begun. */
  private static final int MOST_FILES = 21;

  /** Checks the values themselves. */
  public DecisionLogProperties {
    if (maxFileSize.toBytes() < 1) {
      throw new IllegalArgumentException(
          "vmx-decision.decision-log.max-file-size has to be 1B or more");
    }
    if (maxFiles < 2 || maxFiles > MOST_FILES) {
      throw new IllegalArgumentException(
          "vmx-decision.decision-log.max-files has to be 2 to " + MOST_FILES);
    }
    if (queue.toBytes() < 1 || queue.toBytes() >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException("vmx-decision.decision-log.queue has to be 1B to 2GB");
    }
  }
}
