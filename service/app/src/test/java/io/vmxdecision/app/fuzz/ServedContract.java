package io.vmxdecision.app.fuzz;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An OpenAPI 3.1 document: its operations, its schemas, and whether a value is valid against one. */
final class ServedContract {
  private static final String COMPONENTS = "#/components/schemas/";
  private static final SchemaRegistry REGISTRY = SchemaRegistry.withDialect(Dialects.getOpenApi31());

  private final JsonNode document;
  private final IdentityHashMap<JsonNode, JsonNode> merged = new IdentityHashMap<>();
  private final IdentityHashMap<JsonNode, Schema> validators = new IdentityHashMap<>();

  private final JsonNode scenarioStart;

  ServedContract(JsonNode document) {
    this.document = document;
    this.scenarioStart = without(component("ScenarioRequest"), "events");
  }

  private static JsonNode without(JsonNode schema, String property) {
    ObjectNode rest = (ObjectNode) schema.deepCopy();
    ((ObjectNode) rest.path("properties")).remove(property);
    rest.set("required", JsonMapper.shared().valueToTree(
        schema.path("required").valueStream().filter(name -> !name.asString().equals(property)).toList()));
    return rest;
  }

  /** The schema of the first line of a scenario's stream: a ScenarioRequest less its events. */
  JsonNode scenarioStart() {
    return scenarioStart;
  }

  /** An operation. */
  record Operation(String method, String path, JsonNode node, List<JsonNode> parameters) {

    /** The types of body that it takes, with their schemas and examples; none if it takes none. */
    JsonNode bodies() {
      return node.at("/requestBody/content");
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** All operations, in the order of the document. */
  List<Operation> operations() {
    return document.path("paths").propertyStream()
        .flatMap(
            path -> path.getValue().propertyStream()
                .map(
                    operation -> new Operation(
                        operation.getKey().toUpperCase(Locale.ROOT),
                        path.getKey(),
                        operation.getValue(),
                        operation.getValue().path("parameters").valueStream().map(this::resolve)
                            .toList())))
        .toList();
  }

  /** The schema of a component. */
  JsonNode component(String name) {
    return document.path("components").path("schemas").path(name);
  }

  /** A schema, or another component, without {@code $ref}: what it refers to, with what stands beside the reference. */
  JsonNode resolve(JsonNode schema) {
    if (!schema.has("$ref")) {
      return schema;
    }
    JsonNode target =
        resolve(document.at(JsonPointer.compile(schema.path("$ref").asString().substring(1))));
    return schema.size() == 1 ? target : merged.computeIfAbsent(schema, node -> merge(node, target));
  }

  private static JsonNode merge(JsonNode schema, JsonNode target) {
    ObjectNode merged = ((ObjectNode) target).deepCopy();
    schema.propertyStream()
        .filter(keyword -> !keyword.getKey().equals("$ref"))
        .forEach(keyword -> merged.set(keyword.getKey(), keyword.getValue()));
    return merged;
  }

  /** Where a value departs from a schema of this document; empty if it is valid. */
  String faults(JsonNode schema, JsonNode value) {
    Schema validator =
        validators.computeIfAbsent(
            schema,
            node -> {
              ObjectNode whole = JsonMapper.shared().createObjectNode();
              whole.putArray("allOf").add(node);
              whole.set("$defs", document.at("/components/schemas"));
              return REGISTRY.getSchema(
                  whole.toString().replace(COMPONENTS, "#/$defs/"), InputFormat.JSON);
            });
    return validator.validate(value).stream().map(Object::toString)
        .collect(Collectors.joining("\n"));
  }
}
