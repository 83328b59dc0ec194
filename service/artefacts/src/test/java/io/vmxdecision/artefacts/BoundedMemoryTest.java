package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BoundedMemoryTest {
  /** Files that unpack to more than the heap; texts of which each line may leave something behind. */
  private static final String PACKED_MIB = "70";
  private static final String TEXT_KIB = "384";

  @Test
  void hostileInputsAreExplainedInAHeapOf64Mebibytes() throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Bombs.class.getName(),
        PACKED_MIB, TEXT_KIB)
        .redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    System.out.print(printed);
    assertThat(process.waitFor()).as(printed).isZero();
    assertThat(printed.lines().filter(line -> line.contains(": heap at most"))).hasSize(18);
  }
}
