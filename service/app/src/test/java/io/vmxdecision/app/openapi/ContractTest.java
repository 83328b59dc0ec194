package io.vmxdecision.app.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Holds {@code api-spec/openapi.yaml} against the service, and the document against its own rules. */
@RunningService
class ContractTest {
  private static final String SCHEMAS = "/components/schemas/";
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
  private static final String REWRITE =
      "The contract and the service have parted. If the service is right, this rewrites the contract:\n\n"
          + "  ./mvnw -q -pl service/app -am test -Dtest=ContractWriter"
          + " -Dsurefire.failIfNoSpecifiedTests=false\n\n";

  private final ServiceClient service;

  ContractTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @Test
  void theCommittedContractIsWhatTheServiceServes() throws IOException {
    String served = service.get("/v3/api-docs.yaml").ok().body();
    String committed =
        Files.exists(ContractWriter.CONTRACT) ? Files.readString(ContractWriter.CONTRACT) : "";
    if (!served.equals(committed)) {
      throw new AssertionError(REWRITE + unifiedDiff(committed, served));
    }
  }

  private static String unifiedDiff(String committed, String served) {
    List<String> lines = committed.lines().toList();
    return String.join(
        "\n",
        UnifiedDiffUtils.generateUnifiedDiff(
            "api-spec/openapi.yaml", "/v3/api-docs.yaml", lines,
            DiffUtils.diff(lines, served.lines().toList()), 3));
  }

  static List<ExampleFile> operationExamples() {
    return ExampleFile.ofOperations();
  }

  @ParameterizedTest
  @MethodSource("operationExamples")
  void anExampleShowsWhatTheServiceAnswers(ExampleFile example) {
    JsonNode said = example.ask(service, document());
    if (!example.isAnswered(said)) {
      assertThat(said).as(REWRITE).isEqualTo(example.answer());
    }
  }

  static Stream<ExampleFile> problemExamples() {
    return ExampleFile.ofProblems().stream().filter(ExampleFile::canBeProvoked);
  }

  @ParameterizedTest
  @MethodSource("problemExamples")
  void anExampleShowsAProblemAsTheServiceTellsIt(ExampleFile example) {
    assertThat(example.provoke(service)).as(REWRITE).isEqualTo(example.answer());
    assertThat(example.answer().path("type").asString()).endsWith(":" + example.name());
  }

  @Test
  void everyRequestAndEveryAnswerHasAnExampleThatFitsItsSchema() {
    JsonNode document = document();
    List<String> checked = new ArrayList<>();
    eachOperation(
        document,
        (id, operation) -> {
          if (operation.has("requestBody")) {
            checkExamples(document, id + " request", operation.path("requestBody"), checked);
          }
          for (Map.Entry<String, JsonNode> response : operation.path("responses").properties()) {
            checkExamples(
                document, id + " " + response.getKey(), resolve(document, response.getValue()),
                checked);
          }
        });
    assertThat(checked).isNotEmpty();
  }

  /** Of the first media type; the others of an operation are binary. */
  private static void checkExamples(
      JsonNode document, String place, JsonNode holder, List<String> checked) {
    JsonNode media = holder.path("content").iterator().next();
    assertThat(media.path("examples").isEmpty()).as("no example: " + place).isFalse();
    Schema schema = schema(document, media.path("schema"));
    for (Map.Entry<String, JsonNode> entry : media.path("examples").properties()) {
      JsonNode value = resolve(document, entry.getValue()).path("value");
      assertThat(schema.validate(value)).as(place + ", example " + entry.getKey()).isEmpty();
      checked.add(place);
    }
  }

  private static Schema schema(JsonNode document, JsonNode schema) {
    ObjectNode root = (ObjectNode) schema.deepCopy();
    root.set("$defs", document.at("/components/schemas"));
    return SchemaRegistry.withDialect(Dialects.getOpenApi31())
        .getSchema(root.toString().replace("#" + SCHEMAS, "#/$defs/"), InputFormat.JSON);
  }

  @Test
  void everyOperationParameterSchemaAndPropertyIsDescribed() {
    JsonNode document = document();
    // What a property that says nothing gets from its type.
    Set<String> ofTypes = new HashSet<>();
    for (Class<?> type : List.of(
        io.vmxdecision.app.wire.Word32.class, io.vmxdecision.app.wire.Word64.class,
        io.vmxdecision.app.wire.Page.class, io.vmxdecision.app.wire.MemoryBytes.class)) {
      ofTypes.add(
          type.getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class).description());
    }
    List<String> silent = new ArrayList<>();
    eachOperation(
        document,
        (id, operation) -> {
          if (isSilent(operation, ofTypes) || !operation.has("summary")) {
            silent.add(id);
          }
          for (JsonNode parameter : operation.path("parameters")) {
            if (isSilent(parameter, ofTypes)) {
              silent.add(id + " " + parameter.path("name").asString());
            }
          }
        });
    for (Map.Entry<String, JsonNode> schema : schemas(document)) {
      if (isSilent(schema.getValue(), ofTypes)) {
        silent.add(schema.getKey());
      }
      for (Map.Entry<String, JsonNode> property : properties(schema.getValue())) {
        if (isSilent(property.getValue(), ofTypes)) {
          silent.add(schema.getKey() + "." + property.getKey());
        }
      }
    }
    assertThat(silent).isEmpty();
  }

  private static boolean isSilent(JsonNode node, Set<String> ofTypes) {
    String description = node.path("description").asString("");
    return description.isBlank() || ofTypes.contains(description);
  }

  @Test
  void generatedClientsGetANameForEveryObjectAndEveryEnumeration() {
    List<String> anonymous = new ArrayList<>();
    BiPredicate<String, JsonNode> isAnonymous =
        (place, node) -> (node.has("enum") || node.has("properties") || node.has("oneOf") || node.has("anyOf")
            || node.has("allOf") || (node.path("type").asString("").equals("object") && !isMap(node)))
            && !place.matches(SCHEMAS + "[^/]+");
    JsonNode document = document();
    eachNode(
        "/paths", document.path("paths"),
        (place, node) -> {
          if (isAnonymous.test(place, node) && !place.contains("/examples/")) {
            anonymous.add(place);
          }
        });
    eachNode(
        "/components/schemas", document.at("/components/schemas"),
        (place, node) -> {
          if (isAnonymous.test(place, node) && !place.endsWith("/properties")) {
            anonymous.add(place);
          }
        });
    assertThat(anonymous).isEmpty();
  }

  /** A map to values of one type is one in every language, and needs no name. */
  private static boolean isMap(JsonNode node) {
    JsonNode values = node.path("additionalProperties");
    return !node.has("properties") && values.isObject() && !values.has("properties");
  }

  @Test
  void operationIdsAreMethodNamesAndTheirTagsAreDescribed() {
    JsonNode document = document();
    Set<String> ids = new TreeSet<>();
    Set<String> tags = new TreeSet<>();
    eachOperation(
        document,
        (id, operation) -> {
          assertThat(id).matches("[a-z]+([A-Z][a-z]+)*");
          assertThat(ids.add(id)).as("a second " + id).isTrue();
          assertThat(operation.path("tags").size()).as(id).isEqualTo(1);
          tags.add(operation.at("/tags/0").asString());
        });
    assertThat(document.path("tags").valueStream().map(tag -> tag.path("name").asString()))
        .containsExactlyInAnyOrderElementsOf(tags);
    assertThat(document.path("tags")).allMatch(tag -> !tag.path("description").asString("").isEmpty());
  }

  @Test
  void everyKindOfProblemIsDocumented() {
    String types = document().at("/components/schemas/Problem/description").asString();
    assertThat(Arrays.stream(io.vmxdecision.app.problem.ProblemKind.values()))
        .allSatisfy(
            kind -> assertThat(types).contains("`" + kind.type() + "` (" + kind.status().value() + ")"));
  }

  private static JsonNode resolve(JsonNode document, JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asString().substring(1)) : node;
  }

  private static Set<Map.Entry<String, JsonNode>> schemas(JsonNode document) {
    return document.at("/components/schemas").properties();
  }

  private static Set<Map.Entry<String, JsonNode>> properties(JsonNode schema) {
    return schema.path("properties").properties();
  }

  private static void eachOperation(JsonNode document, BiConsumer<String, JsonNode> what) {
    for (JsonNode path : document.path("paths")) {
      for (Map.Entry<String, JsonNode> method : path.properties()) {
        if (METHODS.contains(method.getKey())) {
          what.accept(method.getValue().path("operationId").asString(), method.getValue());
        }
      }
    }
  }

  private static void eachNode(String place, JsonNode node, BiConsumer<String, JsonNode> what) {
    what.accept(place, node);
    if (node.isObject()) {
      node.properties().forEach(child -> eachNode(place + "/" + child.getKey(), child.getValue(), what));
    } else {
      for (int i = 0; i < node.size(); i++) {
        eachNode(place + "/" + i, node.path(i), what);
      }
    }
  }

  private JsonNode document() {
    return service.get("/v3/api-docs").ok().json();
  }
}
