package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each value is described once, in {@code values.yaml}; the schema and the README say the same. */
class ValuesDocumentationTest {

  @Test
  void theReadmesTableIsThatOfTheValues() throws IOException {
    assertThat(ValuesTable.readmeNow())
        .as("rewrite it with ReadmeWriter, see helm/README.md")
        .isEqualTo(ValuesTable.readme());
  }

  @Test
  void theSchemaDescribesTheValuesInTheSameWords() throws IOException {
    Map<String, String> described = new TreeMap<>();
    describe("", schema(), described);
    assertThat(described).containsAllEntriesOf(ValuesTable.comments());
  }

  /** Leaves without a default are properties that the service has its own default for. */
  @Test
  void eachValueHasADescriptionAndADefault() throws IOException {
    Map<String, String> described = new TreeMap<>();
    describe("", schema(), described);
    assertThat(described.values()).doesNotContain("");
    Set<String> documented = ValuesTable.comments().keySet();
    List<String> without = described.keySet().stream().filter(path -> !documented.contains(path)).toList();
    assertThat(without)
        .allSatisfy(path -> assertThat(path).matches("global|vmxDecision\\..*"));
  }

  @Test
  void theSchemaTakesNoValueThatItDoesNotName() throws IOException {
    List<String> open = new ArrayList<>();
    findOpen("", schema(), open);
    assertThat(open)
        .as("maps of strings, and what Kubernetes' own types describe")
        .containsExactlyInAnyOrder(
            "global", "affinity", "extraEnv/items/valueFrom", "tolerations/items", "$defs/peer/podSelector",
            "$defs/peer/namespaceSelector");
  }

  /** A pod keeps no files. */
  private static final Pattern OF_FILES =
      Pattern.compile("vmx-decision\\.decision-log\\.(file|max-file-size|max-files)");

  @Test
  void thePropertiesOfTheServiceAreThoseThatItHas() throws IOException {
    Set<String> ofService = ServiceProperties.defaults().keySet();
    assertThat(ofService).contains("vmx-decision.streams.answers-on-disk");
    TreeSet<String> expected = new TreeSet<>(ofService);
    expected.removeIf(OF_FILES.asMatchPredicate());
    TreeSet<String> inSchema = new TreeSet<>();
    schema().at("/properties/vmxDecision/properties").properties().forEach(
        group -> group.getValue().path("properties").fieldNames().forEachRemaining(
            name -> inSchema.add("vmx-decision." + group.getKey() + "." + name)));
    assertThat(inSchema).isEqualTo(expected);
  }

  @Test
  void aDefaultOfTheServiceIsKeptUnlessAPodHasNoRoomForIt() throws IOException {
    Map<String, String> ofService = ServiceProperties.defaults();
    ValuesTable.defaults().path("vmxDecision").properties().forEach(
        group -> group.getValue().properties().forEach(
            value -> {
              String name = "vmx-decision." + group.getKey() + "." + value.getKey();
              if (name.equals("vmx-decision.overload.disk")) {
                assertThat(ofService.get(name)).isEmpty(); // a quarter of what the node has free
              } else {
                assertThat(value.getValue().asText()).as(name).isEqualTo(ofService.get(name));
              }
            }));
  }

  private static JsonNode schema() throws IOException {
    return Manifests.JSON.readTree(Files.readString(Chart.FOLDER.resolve("values.schema.json")));
  }

  /** Groups need no description of their own; values do. */
  private static void describe(String path, JsonNode schema, Map<String, String> described) {
    schema
        .path("properties")
        .properties()
        .forEach(
            entry -> {
              String child = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
              String description = entry.getValue().path("description").asText();
              boolean group = entry.getValue().has("properties");
              if (!group || !description.isEmpty()) {
                described.put(child, description);
              }
              if (!entry.getKey().equals("resources")) {
                describe(child, entry.getValue(), described);
              }
            });
  }

  private static void findOpen(String path, JsonNode schema, List<String> open) {
    if (schema.path("type").asText().equals("object") && !schema.has("additionalProperties")) {
      open.add(path);
    }
    String prefix = path.isEmpty() ? "" : path + "/";
    schema.path("properties").properties().forEach(e -> findOpen(prefix + e.getKey(), e.getValue(), open));
    schema.path("$defs").properties()
        .forEach(e -> findOpen(prefix + "$defs/" + e.getKey(), e.getValue(), open));
    if (schema.has("items")) {
      findOpen(prefix + "items", schema.path("items"), open);
    }
  }
}
