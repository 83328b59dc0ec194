package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

/** Objects for Kubernetes, as they were rendered. */
record Manifests(List<JsonNode> all) {
  static final ObjectMapper JSON = new ObjectMapper();

  static Manifests parse(String rendered) {
    List<JsonNode> all = new ArrayList<>();
    for (Object document : parser().loadAll(rendered)) {
      if (document != null) {
        all.add(JSON.valueToTree(document));
      }
    }
    return new Manifests(all);
  }

  /** One document of YAML 1.1, which is what Kubernetes and Helm read. */
  static JsonNode yaml(String text) {
    return JSON.valueToTree(parser().load(text));
  }

  private static Yaml parser() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(options);
  }

  /** All objects of a kind. */
  List<JsonNode> of(String kind) {
    return all.stream().filter(object -> object.path("kind").asText().equals(kind)).toList();
  }

  /** The object of a kind of which there has to be one. */
  JsonNode only(String kind) {
    List<JsonNode> found = of(kind);
    assertThat(found).as(kind).hasSize(1);
    return found.getFirst();
  }

  Optional<JsonNode> named(String kind, String name) {
    return of(kind).stream().filter(object -> name(object).equals(name)).findFirst();
  }

  /** The pod that the Deployment makes, as an object with {@code metadata} and {@code spec}. */
  JsonNode servicePod() {
    return only("Deployment").at("/spec/template");
  }

  JsonNode container() {
    return servicePod().at("/spec/containers/0");
  }

  /** The properties that the service is given in a file. */
  JsonNode application() {
    return yaml(config().at("/data/application.yaml").asText());
  }

  /** The files that the service is given. */
  JsonNode config() {
    String name = servicePod().at("/spec/volumes/0/configMap/name").asText();
    return named("ConfigMap", name).orElseThrow();
  }

  Manifests copy() {
    return new Manifests(all.stream().<JsonNode>map(JsonNode::deepCopy).toList());
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  static String title(JsonNode object) {
    return object.path("kind").asText() + " " + name(object);
  }

  /** Whether a label selector, of {@code matchLabels} alone, selects an object. */
  static boolean selects(JsonNode matchLabels, JsonNode object) {
    JsonNode labels = object.at("/metadata/labels");
    return matchLabels instanceof ObjectNode wanted
        && !wanted.isEmpty()
        && wanted.properties().stream()
            .allMatch(entry -> labels.path(entry.getKey()).equals(entry.getValue()));
  }
}
