package io.vmxdecision.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.support.ParameterDeclarations;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;

/** The chart, worked on by Helm itself, as a library. */
final class Chart {
  static final Path FOLDER = Path.of("vmx-decision-service");
  static final String RELEASE = "replay";
  static final String NAMESPACE = "hypervisors";

  /** The oldest that the chart is for. */
  private static final String KUBERNETES = "1.30.0";

  private static final String VALUES = "values.yaml";
  /** Where the copies go that a test works on: of this JVM alone, since two run the tests. */
  private static final Path COPIES = Path.of("target", "charts-" + ProcessHandle.current().pid());

  private Chart() {}

  /** The value sets that chart-testing also takes: {@code ci/*-values.yaml}. */
  static final class ValueSets implements ArgumentsProvider {
    @Override
    public Stream<? extends Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      return valueSets().stream().map(Arguments::of);
    }
  }

  /** The names of all value sets, without {@code -values.yaml}. */
  static List<String> valueSets() {
    try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("-values.yaml"))
          .map(name -> name.substring(0, name.length() - "-values.yaml".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path valuesFile(String valueSet) {
    return FOLDER.resolve("ci").resolve(valueSet + "-values.yaml");
  }

  /** What a value set renders to. */
  static Manifests render(String valueSet) throws IOException {
    return Manifests.parse(template(withoutHooks(), valuesFile(valueSet)));
  }

  /**
   * What values, given as YAML, render to.
   *
   * @throws IllegalStateException with Helm's words, if it refuses them
   */
  static Manifests renderValues(String values) throws IOException {
    Path file = Files.createTempFile(Files.createDirectories(COPIES), "values", ".yaml");
    return Manifests.parse(template(withoutHooks(), Files.writeString(file, values)));
  }

  /** The chart with the pod of {@code helm test} as any other: helm-java renders no hooks. */
  private static Path withoutHooks() throws IOException {
    Path copy = copy("without-hooks");
    Path test = copy.resolve("templates/tests/decision.yaml");
    Files.writeString(test, Files.readString(test).replace("helm.sh/hook", "helm.sh/no-hook"));
    return copy;
  }

  /** The notes that {@code helm install} would show. */
  static String notes(String valueSet) throws IOException {
    Path copy = copy("notes-" + valueSet);
    Path templates = copy.resolve("templates");
    String notes = Files.readString(templates.resolve("NOTES.txt"));
    Files.delete(templates.resolve("NOTES.txt"));
    Files.writeString(
        templates.resolve("notes.yaml"),
        "{{- define \"notes\" -}}\n" + notes + "{{- end -}}\n"
            + "kind: Notes\nmetadata: {name: notes}\ntext: |\n{{ include \"notes\" . | indent 2 }}\n");
    return Manifests.parse(template(copy, valuesFile(valueSet)))
        .only("Notes")
        .path("text")
        .textValue();
  }

  /** What {@code helm lint --strict --values} would say. */
  static LintResult lint(String valueSet) throws IOException {
    Path copy = copy("lint-" + valueSet);
    JsonNode merged =
        merge(
            Manifests.yaml(Files.readString(FOLDER.resolve(VALUES))),
            Manifests.yaml(Files.readString(valuesFile(valueSet))));
    Files.writeString(copy.resolve(VALUES), merged.toString()); // JSON is YAML
    return new Helm(copy).lint().strict().call();
  }

  /** A copy of the chart that a test may change. */
  static Path copy(String name) throws IOException {
    Path copy = COPIES.resolve(name).resolve(FOLDER);
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(FOLDER.relativize(file));
        Files.createDirectories(target.getParent());
        Files.deleteIfExists(target);
        Files.copy(file, target);
      }
    }
    return copy;
  }

  private static String template(Path chart, Path values) {
    return new Helm(chart)
        .template()
        .withName(RELEASE)
        .withNamespace(NAMESPACE)
        .withKubeVersion(KUBERNETES)
        .withValuesFile(values)
        .call();
  }

  /** As Helm merges: objects key by key, anything else whole; null takes away. */
  private static JsonNode merge(JsonNode below, JsonNode above) {
    if (!(below instanceof ObjectNode result) || !above.isObject()) {
      return above;
    }
    above
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNull()) {
                result.remove(entry.getKey());
              } else {
                result.set(entry.getKey(), merge(result.path(entry.getKey()), entry.getValue()));
              }
            });
    return result;
  }
}
