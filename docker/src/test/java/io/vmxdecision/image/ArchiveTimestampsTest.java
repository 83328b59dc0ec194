package io.vmxdecision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With caches that the JDK of the build makes of its own classes. */
class ArchiveTimestampsTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  @TempDir private static Path folder;

  @BeforeAll
  static void makeCaches() throws IOException, InterruptedException {
    makeCache("one");
    makeCache("two");
  }

  @Test
  void twoCachesOfOneListAreTheSameWithoutTheirTimes() throws IOException, InterruptedException {
    Path one = copy("one");
    Path two = copy("two");
    assertThat(one).as("the JVM now makes the same cache twice: this tool has nothing to do")
        .satisfies(file -> assertThat(Files.mismatch(file, two)).isNotNegative());

    ArchiveTimestamps.main(one.toString(), map("one"));
    ArchiveTimestamps.main(two.toString(), map("two"));

    assertThat(Files.mismatch(one, two)).isEqualTo(-1);
    assertThat(verify(one)).contains("sharing").doesNotContain("Checksum");
  }

  @Test
  void theJvmWouldTellAWrongChecksum() throws IOException, InterruptedException {
    Path cache = copy("one");
    byte[] bytes = Files.readAllBytes(cache);
    bytes[bytes.length / 2]++;
    Files.write(cache, bytes);
    assertThat(verify(cache)).contains("Checksum verification failed");
  }

  @Test
  void aMapOfAnotherCacheChangesNothing() throws IOException {
    Path cache = copy("one");
    assertRefused(cache, map("two"), "not what the map of the cache says: checksum");
  }

  @Test
  void aValueThatIsNotInTheCacheChangesNothing() throws IOException {
    Path cache = copy("one");
    Path map = folder.resolve("changed.map");
    try (Stream<String> lines = Files.lines(Path.of(map("one")), StandardCharsets.ISO_8859_1)) {
      Files.write(
          map, lines.map(line -> line.replaceFirst("('timestamp' 'J' @\\d+ +)\\d", "$19")).toList(),
          StandardCharsets.ISO_8859_1);
    }
    assertRefused(cache, map.toString(), "not what the map of the cache says: time of a reference");
  }

  @Test
  void whatIsNoMapIsAnError() throws IOException {
    Path cache = copy("one");
    Path map = Files.writeString(folder.resolve("empty.map"), "");
    assertRefused(cache, map.toString(), "not what the map of the cache says: :header_size");
  }

  /** A cache that is a copy of the first stays as it is. */
  private static void assertRefused(Path cache, String map, String why) throws IOException {
    assertThatThrownBy(() -> ArchiveTimestamps.main(cache.toString(), map))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(why);
    assertThat(Files.mismatch(cache, folder.resolve("one"))).isEqualTo(-1);
  }

  private static Path copy(String cache) throws IOException {
    return Files.copy(folder.resolve(cache), Files.createTempDirectory(folder, cache).resolve(cache));
  }

  private static String map(String cache) {
    return folder.resolve(cache + ".map").toString();
  }

  private static void makeCache(String name) throws IOException, InterruptedException {
    run(
        "-Xshare:dump", "-XX:+AOTClassLinking", "-XX:SharedArchiveFile=" + folder.resolve(name),
        "-Xlog:disable",
        "-Xlog:aot+map,aot+map+oops=trace:file=" + map(name) + ":none:filesize=0");
    assertThat(folder.resolve(name)).exists();
  }

  private static String verify(Path cache) throws IOException, InterruptedException {
    return run("-XX:AOTMode=auto", "-XX:AOTCache=" + cache, "-XX:+VerifySharedSpaces", "-version");
  }

  private static String run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-XX:+UseSerialGC", "-Xmx128m"));
    command.addAll(Arrays.asList(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
