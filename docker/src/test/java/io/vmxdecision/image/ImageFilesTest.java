package io.vmxdecision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What can be said of the image without building it; {@code docker/test.sh} builds on it. */
class ImageFilesTest {
  /** A class; constants of one, by their indexes; or a form of method handles. */
  private static final Pattern LIST_LINE =
      Pattern.compile("[^@#: ]+|@cp [^: ]+( \\d+)+|@lambda-form-invoker \\[\\w+\\] [^:]+");

  private final String dockerfile = text("Dockerfile");
  private final String script = text("image.sh");

  @Test
  void everyBaseIsAnArgumentWithAnExactDefaultAndTheImageStartsFromNothing() {
    assertThat(all("(?m)^FROM (\\S+)", dockerfile)).containsExactly("${BASE}", "layers", "scratch");
    assertThat(all("(?m)^ARG BASE=(\\S+)", dockerfile))
        .singleElement().asString().matches("[^:]+:\\d+\\.\\d+\\.\\d+\\S*");
  }

  @Test
  void theUserIsANumberAndNoCommandNeedsAShell() {
    assertThat(all("(?m)^USER (.*)", dockerfile)).containsExactly("65532:65532");
    assertThat(all("(?m)^ENTRYPOINT (.)", dockerfile)).containsExactly("[");
    assertThat(all("(?m)^  CMD (.)", dockerfile)).containsExactly("[");
  }

  @Test
  void theHealthCheckIsTheClassInTheImage() {
    assertThat(dockerfile).contains("\"" + HealthCheck.class.getName() + "\"");
    assertThat(script).contains(HealthCheck.class.getName().replace('.', '/') + ".class");
  }

  @Test
  void theCacheIsTrainedWithTheCollectorThatTheServiceRunsWith() {
    String collector = "-XX:\\+Use\\w+GC";
    List<String> run = all("ENTRYPOINT.*?(" + collector + ")", dockerfile);
    assertThat(run).hasSize(1);
    assertThat(all("(" + collector + ")", script)).isEqualTo(run);
  }

  @Test
  void theCacheIsTrainedWithTheLogThatTheImageWrites() {
    String format = "LOGGING_STRUCTURED_FORMAT_CONSOLE";
    List<String> run = all(format + "=(\\w+)", dockerfile);
    assertThat(run).containsExactly("ecs");
    assertThat(all(format + "\", \"(\\w+)\"", text("src/main/java/io/vmxdecision/image/Training.java")))
        .isEqualTo(run);
  }

  @Test
  void theClassListSaysNothingOfTheMachineOrTheRunThatMadeIt() {
    List<String> lines = text("classes.txt").lines().toList();
    assertThat(lines).hasSizeGreaterThan(10_000);
    assertThat(lines.getFirst()).startsWith("# Made by docker/train.sh");
    assertThat(lines.subList(1, lines.size()))
        .isSorted()
        .allMatch(line -> LIST_LINE.matcher(line).matches());
  }

  @Test
  void filesHaveTheTimeOfTheBuildsArchives() {
    String time = all("<project.build.outputTimestamp>(.*)<", text("../pom.xml")).getFirst();
    assertThat(all("FILE_TIME=(\\d+)", dockerfile))
        .containsExactly(String.valueOf(Instant.parse(time).getEpochSecond()));
    assertThat(all("--date=(\\d\\S+)", script)).containsExactly(time);
  }

  @Test
  void theBuildIsGivenWhatItCopiesAndNothingElse() {
    List<String> copied = new ArrayList<>();
    for (String sources : all("(?m)^COPY (?!--from)(.*) \\S+$", dockerfile)) {
      copied.addAll(Arrays.asList(sources.split(" ")));
    }
    assertThat(all("(?m)^!(.*)$", text("../.dockerignore"))).containsExactlyInAnyOrderElementsOf(copied);
  }

  @Test
  void composeRunsItAsTheTestDoes() {
    Map<String, Object> service =
        at(new Yaml().load(text("compose.yaml")), "services", "vmx-decision-service");
    assertThat(service)
        .containsEntry("read_only", true)
        .containsEntry("cap_drop", List.of("ALL"))
        .containsEntry("security_opt", List.of("no-new-privileges"))
        .containsEntry("tmpfs", List.of("/tmp:size=64m"))
        .containsEntry("stop_grace_period", "70s");
    assertThat(text("common.sh")).contains("--tmpfs /tmp:size=64m", "--memory 256m");
    assertThat(at(service, "deploy", "resources", "limits")).containsEntry("memory", "256M");
    assertThat(service.get("ports"))
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .hasSize(2)
        .allMatch(port -> port.startsWith("127.0.0.1:"));
  }

  /** Frames of JNI would be on the stack of each request, whose virtual thread then holds its carrier while it waits. */
  @Test
  void reflectionIsNotByJni() {
    assertThat(text("Dockerfile")).contains("ENTRYPOINT").doesNotContain("useNativeAccessorOnly");
  }

  @Test
  void scriptsAreCleanToShellcheck() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("shellcheck", "--external-sources"));
    try (Stream<Path> files = Files.list(Path.of(""))) {
      files.map(Path::toString).filter(name -> name.endsWith(".sh")).sorted().forEach(command::add);
    }
    assertThat(command).contains("build.sh", "test.sh");
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      String message = "SKIPPED, since there is no shellcheck here: " + e.getMessage();
      System.err.println("[WARNING] " + message);
      abort(message);
      return;
    }
    String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(found).isZero();
  }

  @SuppressWarnings("unchecked") // as YAML has it
  private static Map<String, Object> at(Map<String, Object> from, String... path) {
    Map<String, Object> place = from;
    for (String step : path) {
      place = (Map<String, Object>) place.getOrDefault(step, Map.of());
    }
    return place;
  }

  private static List<String> all(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(ImageFilesTest::group).toList();
  }

  private static String group(MatchResult result) {
    return String.valueOf(result.group(1));
  }

  private static String text(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new AssertionError(file, e);
    }
  }
}
