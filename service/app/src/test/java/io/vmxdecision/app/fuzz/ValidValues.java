package io.vmxdecision.app.fuzz;

import com.github.curiousoddman.rgxgen.RgxGen;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Values that are valid against a schema. Speaks the keywords that the contract uses, and fails at one
 * that it does not know, rather than to make values that say nothing.
 */
final class ValidValues {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int PAGE_BYTES = 4096;
  private static final int MANY = 3;
  private static final int[] CHARACTERS =
      {'a', 'Z', '0', ' ', '/', '~', '"', '\\', 0, '\n', 0xfc, 0x20ac, 0x1f600};
  private static final Map<String, RgxGen> GENERATORS = new HashMap<>();

  private final ServedContract contract;
  private final Random random;

  ValidValues(ServedContract contract, Random random) {
    this.contract = contract;
    this.random = random;
  }

  /** A schema without a reference. */
  JsonNode resolve(JsonNode schema) {
    return contract.resolve(schema);
  }

  /** A value. */
  JsonNode of(JsonNode reference) {
    JsonNode schema = contract.resolve(reference);
    for (String unknown : List.of("oneOf", "anyOf", "allOf", "not", "const", "patternProperties", "if")) {
      if (schema.has(unknown)) {
        throw new UnsupportedOperationException("teach " + getClass() + " to make values of " + schema);
      }
    }
    if (schema.has("enum")) {
      return schema.path("enum").path(random.nextInt(schema.path("enum").size()));
    }
    return switch (schema.path("type").asString()) {
      case "object" -> object(schema);
      case "array" -> array(schema);
      case "string" -> JSON.stringNode(string(schema));
      case "integer" -> JSON.numberNode(integer(schema));
      case "boolean" -> JSON.booleanNode(random.nextBoolean());
      default ->
        throw new UnsupportedOperationException("teach " + getClass() + " to make values of " + schema);
    };
  }

  private ObjectNode object(JsonNode schema) {
    List<String> required = schema.path("required").valueStream().map(JsonNode::asString).toList();
    List<String> names = new ArrayList<>(schema.path("properties").propertyNames());
    Collections.shuffle(names, random);
    double share = new double[]{0, 0.2, 0.5, 1}[random.nextInt(4)];
    int most = names.size() > 30 ? 10 : names.size(); // of the eVMCS a few fields will do
    ObjectNode object = JSON.objectNode();
    for (String name : names) {
      boolean wanted = object.size() < most && random.nextDouble() < share;
      if (required.contains(name) || wanted) {
        object.set(name, of(schema.path("properties").path(name)));
      }
    }
    return object;
  }

  private ArrayNode array(JsonNode schema) {
    int least = schema.path("minItems").asInt(0);
    int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
    int size = random.nextInt(least, Math.min(most, least + MANY) + 1);
    if (most <= 2 * MANY * MANY && random.nextInt(10) == 0) {
      size = most;
    }
    ArrayNode array = JSON.arrayNode();
    boolean different = schema.path("uniqueItems").asBoolean(false);
    while (array.size() < size) {
      JsonNode item = of(schema.path("items"));
      if (!different || array.valueStream().noneMatch(item::equals)) {
        array.add(item);
      } else if (array.size() >= least) {
        size--; // there may be no more different ones
      }
    }
    return array;
  }

  private String string(JsonNode schema) {
    if (schema.path("contentMediaType").asString("").equals("application/json")) {
      return of(schema.path("contentSchema")).toString();
    }
    String pattern = schema.path("pattern").asString("");
    if (pattern.contains("{5462}")) {
      return Base64.getEncoder().encodeToString(page());
    }
    if (!pattern.isEmpty()) {
      return generator(pattern).generate(random);
    }
    int length =
        random.nextInt(
            schema.path("minLength").asInt(0), Math.min(schema.path("maxLength").asInt(20), 300) + 1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(CHARACTERS[random.nextInt(CHARACTERS.length)]);
    }
    return text.toString();
  }

  private long integer(JsonNode schema) {
    long least = schema.path("minimum").asLong(Integer.MIN_VALUE);
    long most = schema.path("maximum").asLong(Integer.MAX_VALUE);
    return switch (random.nextInt(4)) {
      case 0 -> least;
      case 1 -> most;
      case 2 -> Math.min(most, Math.max(least, random.nextInt(4)));
      default -> random.nextLong(least, most + 1);
    };
  }

  /** What a part or a body of binary data holds: all that this API takes are pages. */
  byte[] page() {
    byte[] page = new byte[PAGE_BYTES];
    if (random.nextBoolean()) {
      random.nextBytes(page);
    }
    page[0] = 1;
    for (int i = 1; i < 4 && random.nextInt(4) > 0; i++) {
      page[i] = 0;
    }
    return page;
  }

  /** Texts of a pattern. */
  static RgxGen generator(String pattern) {
    return GENERATORS.computeIfAbsent(pattern, RgxGen::parse);
  }
}
