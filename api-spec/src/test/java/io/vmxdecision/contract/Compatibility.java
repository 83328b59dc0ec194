package io.vmxdecision.contract;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.ByteArrayOutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.openapitools.openapidiff.core.OpenApiCompare;
import org.openapitools.openapidiff.core.compare.OpenApiDiffOptions;
import org.openapitools.openapidiff.core.model.ChangedOpenApi;
import org.openapitools.openapidiff.core.output.ConsoleRender;

/** What openapi-diff says of two contracts. */
final class Compatibility {
  /** What OpenAPI 3.0 has no word for, of what the contract uses; none of it decides what is JSON for a schema. */
  private static final Predicate<String> NEW_IN_3_1 =
      Pattern.compile(
          "attribute .*\\.(identifier|contentEncoding|contentMediaType|contentSchema) is unexpected")
          .asMatchPredicate();

  private final ChangedOpenApi changes;
  private final List<String> lostProperties;

  private Compatibility(OpenAPI before, OpenAPI after) {
    OpenApiDiffOptions options =
        OpenApiDiffOptions.builder()
            // The names of methods in generated clients.
            .configProperty("incompatible.operation.id.changed", "true")
            .build();
    this.changes = OpenApiCompare.fromSpecifications(before, after, options);
    this.lostProperties = lostProperties(before, after);
  }

  /** Compares contracts in YAML. */
  static Compatibility of(String before, String after) {
    return new Compatibility(read(before), read(after));
  }

  /**
   * Reads the contract as if it were OpenAPI 3.0: openapi-diff takes all types of 3.1 for the same, since
   * they are a list there (its issue 745). Where the contract uses what only 3.1 has, this fails.
   */
  private static OpenAPI read(String contract) {
    String asVersion30 = contract.replaceFirst("openapi: \"?3\\.1\\.\\d+\"?", "openapi: 3.0.3");
    SwaggerParseResult result = new OpenAPIV3Parser().readContents(asVersion30);
    if (result.getOpenAPI() == null || !result.getMessages().stream().allMatch(NEW_IN_3_1)) {
      throw new IllegalArgumentException("not comparable: " + result.getMessages());
    }
    return result.getOpenAPI();
  }

  /** Whether whoever is fine with the one is fine with the other. */
  boolean isGiven() {
    return changes.isCompatible() && lostProperties.isEmpty();
  }

  /** The changes, for a reader. */
  @Override
  public String toString() {
    if (!lostProperties.isEmpty()) {
      return "Lost properties: " + lostProperties;
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    new ConsoleRender().render(changes, new OutputStreamWriter(text, StandardCharsets.UTF_8));
    return text.toString(StandardCharsets.UTF_8);
  }

  /**
   * Properties that openapi-diff lets go, since they are optional: a request that has one is refused, and
   * code that reads one does not compile.
   */
  private static List<String> lostProperties(OpenAPI before, OpenAPI after) {
    Set<String> left = properties(after);
    return properties(before).stream().filter(property -> !left.contains(property)).toList();
  }

  @SuppressWarnings("rawtypes") // of the library
  private static Set<String> properties(OpenAPI api) {
    Set<String> names = new LinkedHashSet<>();
    for (Map.Entry<String, Schema> schema : api.getComponents().getSchemas().entrySet()) {
      Map<?, ?> properties =
          Objects.requireNonNullElse(schema.getValue().getProperties(), Map.of());
      properties.keySet().forEach(property -> names.add(schema.getKey() + "." + property));
    }
    return names;
  }
}
