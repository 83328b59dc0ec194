package io.vmxdecision.app.openapi;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The worked examples of {@code resources/examples}, a folder per operation and a file per example. A
 * test sends each request to the service and holds the answer against the example's.
 */
final class OperationExamples {
  private static final String FOLDERS = "classpath:examples/*/*.json";

  private final JsonMapper mapper;

  OperationExamples(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /** Adds the examples to the operations that their folders name. */
  void addTo(OpenAPI api) {
    try {
      Resource[] files = new PathMatchingResourcePatternResolver().getResources(FOLDERS);
      Arrays.sort(files, Comparator.comparing(file -> String.valueOf(file.getFilename())));
      for (Resource file : files) {
        add(api, file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(OpenAPI api, Resource file) throws IOException {
    String[] path = file.getURL().getPath().split("/", -1);
    String name = path[path.length - 1].replace(".json", "");
    Operation operation = operation(api, path[path.length - 2]);
    JsonNode example = mapper.readTree(file.getContentAsByteArray());
    if (example.has("request")) {
      add(operation.getRequestBody().getContent(), name, example, "request");
    }
    add(Objects.requireNonNull(operation.getResponses().get("200")).getContent(), name, example, "answer");
  }

  /** To the first of the media types: an operation's others are binary. */
  private void add(Content content, String name, JsonNode example, String part) {
    MediaType mediaType = content.values().iterator().next();
    mediaType.addExamples(
        name,
        new Example()
            .summary(example.path("summary").asString())
            .value(mapper.convertValue(example.path(part), Object.class)));
  }

  private static Operation operation(OpenAPI api, String operationId) {
    return api.getPaths().values().stream()
        .flatMap(item -> item.readOperations().stream())
        .filter(operation -> operationId.equals(operation.getOperationId()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no operation " + operationId));
  }
}
