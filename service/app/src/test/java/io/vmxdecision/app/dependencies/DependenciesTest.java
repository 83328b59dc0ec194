package io.vmxdecision.app.dependencies;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DependenciesTest {
  /** Written by hand and by this test, and what a release is looked at for. */
  private static final Path DOCUMENTS = Path.of("dependencies");

  /** Licences that ask no more of who uses the service than to keep the notices. */
  private static final Set<String> ALLOWED =
      Set.of("Apache-2.0", "0BSD", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-2.0");

  private final List<Component> components = Component.all();

  /** A library that offers a choice of licences is taken under one that is allowed. */
  @Test
  void everyLibraryCanBeHadUnderALicenceThatIsAllowed() {
    assertThat(components).isNotEmpty()
        .allSatisfy(it -> assertThat(it.licences()).anyMatch(ALLOWED::contains));
  }

  /** {@code -Ddependencies.write=true} writes the list. */
  @Test
  void theListOfLicencesIsThatOfTheLibraries() throws IOException {
    String head =
        """
            # Licences of the libraries in the service

            Written from the bill of materials (`DependenciesTest`); several mean that one may choose.

            | library | licence |
            |---|---|
            """;
    String list =
        components.stream()
            .filter(it -> !it.isOurs())
            .map(it -> "| " + it.coordinates() + " | " + String.join(", ", it.licences()) + " |\n")
            .sorted()
            .collect(Collectors.joining("", head, ""));
    Path file = DOCUMENTS.resolve("licences.md");
    if (Boolean.getBoolean("dependencies.write")) {
      Files.writeString(file, list);
    }
    assertThat(Files.readString(file)).isEqualTo(list);
  }

  /** So the list is that of the jars that were tested, and none was changed on its way here. */
  @Test
  void everyLibraryIsTheOneThatTheBillOfMaterialsNames() throws IOException {
    Set<String> jars = new HashSet<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar")) {
        jars.add(sha256(Files.readAllBytes(Path.of(entry))));
      }
    }
    assertThat(components)
        .filteredOn(it -> !it.isOurs())
        .allSatisfy(it -> assertThat(jars).as(it.purl()).contains(it.sha256()));
  }

  @Test
  void noLibraryHasAKnownVulnerabilityThatIsNotExplained() {
    assertThat(unexplained(advisories())).isEmpty();
  }

  @Test
  void everyExplanationIsOfAVulnerabilityThatALibraryHas() {
    Set<String> known =
        advisories().stream()
            .filter(advisory -> components.stream().anyMatch(advisory::affects))
            .flatMap(Advisory::names)
            .collect(Collectors.toSet());
    assertThat(explained()).isNotEmpty().allMatch(known::contains);
  }

  /** What {@code openvex.json} says of CVE-2026-118233. */
  @Test
  void noLibraryUpgradesAConnectionToAWebSocket() {
    assertThat(components).noneMatch(it -> it.coordinates().contains("websocket"));
  }

  /** The test would find a hole if there were one. */
  @Test
  void anOlderTomcatWouldBeFound() {
    Component old =
        new Component("org.apache.tomcat.embed:tomcat-embed-core", "11.0.24", "", List.of(), "");
    assertThat(advisories().stream().filter(it -> it.affects(old)).flatMap(Advisory::names))
        .contains("CVE-2026-65905");
  }

  /** {@code -Dosv.database=/path/all.zip}: all that OSV knows of Maven's packages. */
  @Test
  void noLibraryHasAVulnerabilityThatOsvKnows() {
    String database = System.getProperty("osv.database", "");
    Assumptions.assumeFalse(
        database.isEmpty(),
        "SKIPPED: no database of OSV given (-Dosv.database=all.zip); dependencies/advisories.json was checked");
    assertThat(
        unexplained(
            OsvDatabase.read(
                Path.of(database), it -> components.stream().anyMatch(it::affects))))
        .isEmpty();
  }

  private List<String> unexplained(List<Advisory> advisories) {
    Set<String> explained = explained().collect(Collectors.toSet());
    return advisories.stream()
        .filter(advisory -> advisory.names().noneMatch(explained::contains))
        .flatMap(
            advisory -> components.stream()
                .filter(advisory::affects)
                .map(component -> advisory.id() + " " + component.purl()))
        .toList();
  }

  private static List<Advisory> advisories() {
    return json("advisories.json").valueStream().map(Advisory::of).toList();
  }

  private static Stream<String> explained() {
    return json("openvex.json")
        .path("statements")
        .valueStream()
        .map(statement -> statement.at("/vulnerability/name").stringValue());
  }

  private static JsonNode json(String file) {
    try {
      return JsonMapper.shared()
          .readTree(Files.readString(DOCUMENTS.resolve(file), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
