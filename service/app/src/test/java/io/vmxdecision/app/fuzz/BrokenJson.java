package io.vmxdecision.app.fuzz;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Bodies that are valid but for one thing, which surely breaks the schema, or JSON itself. */
final class BrokenJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int LARGEST_ARRAY = 5000;
  private static final String MARK = "~mark~";
  private static final List<JsonNode> OF_EACH_TYPE =
      List.of(
          JSON.nullNode(), JSON.booleanNode(true), JSON.numberNode(17), JSON.numberNode(0.5),
          JSON.numberNode(BigInteger.TEN.pow(60)), JSON.stringNode("17"), JSON.arrayNode(),
          JSON.objectNode());

  private final ServedContract contract;
  private final Random random;

  BrokenJson(ServedContract contract, Random random) {
    this.contract = contract;
    this.random = random;
  }

  /** A body that was broken; what was done to it, and the JSON that it still is, if it is. */
  static final class Broken {
    private final byte[] body;
    private final String change;
    private final @Nullable JsonNode json;

    private Broken(byte[] body, String change, @Nullable JsonNode json) {
      this.body = body;
      this.change = change;
      this.json = json;
    }

    byte[] body() {
      return body;
    }

    String change() {
      return change;
    }

    @Nullable
    JsonNode json() {
      return json;
    }
  }

  /** A value in a body: {@code parent} holds it under {@code name} or {@code index}. */
  private record Spot(
      JsonNode schema, JsonNode value, @Nullable ObjectNode parent, String name, int index,
      @Nullable ArrayNode array) {

    /** Puts another value in its place; false at the root, which nothing holds. */
    boolean replace(JsonNode other) {
      if (parent != null) {
        parent.set(name, other);
      } else if (array != null) {
        array.set(index, other);
      }
      return parent != null || array != null;
    }
  }

  /** Breaks a valid value, which is left alone. */
  Broken of(JsonNode schema, JsonNode valid) {
    for (int tries = 0; tries < 100; tries++) {
      Broken broken = random.nextInt(4) == 0 ? brokenText(valid) : brokenValue(schema, valid.deepCopy());
      if (broken != null) {
        return broken;
      }
    }
    throw new IllegalStateException("found no way to break " + valid);
  }

  private @Nullable Broken brokenText(JsonNode valid) {
    byte[] body = valid.toString().getBytes(StandardCharsets.UTF_8);
    int place = random.nextInt(body.length);
    return switch (random.nextInt(5)) {
      case 0 -> new Broken(Arrays.copyOf(body, place), "cut at " + place, null);
      case 1 -> new Broken(insert(body, place, (byte) 0xff), "0xff at " + place, null);
      case 2 -> new Broken(insert(body, body.length, (byte) 'x'), "x at the end", null);
      case 3 -> new Broken(new byte[0], "emptied", null);
      default -> deep(valid);
    };
  }

  private Broken deep(JsonNode valid) {
    int depth = random.nextInt(2) == 0 ? 100 : 20_000;
    JsonNode marked = valid.deepCopy();
    if (!(marked instanceof ObjectNode object)) {
      throw new IllegalStateException("no object: " + valid);
    }
    object.put("deep", MARK);
    String body =
        marked.toString().replace("\"" + MARK + "\"", "[".repeat(depth) + "]".repeat(depth));
    return new Broken(body.getBytes(StandardCharsets.UTF_8), depth + " deep", null);
  }

  private static byte[] insert(byte[] body, int place, byte inserted) {
    byte[] longer = new byte[body.length + 1];
    System.arraycopy(body, 0, longer, 0, place);
    longer[place] = inserted;
    System.arraycopy(body, place, longer, place + 1, body.length - place);
    return longer;
  }

  private @Nullable Broken brokenValue(JsonNode schema, JsonNode root) {
    List<Spot> spots = new ArrayList<>();
    collect(new Spot(contract.resolve(schema), root, null, "", 0, null), spots);
    Spot spot = spots.get(random.nextInt(spots.size()));
    String where = spot.name() + (spot.array() == null ? "" : "[" + spot.index() + "]");
    if (random.nextInt(3) == 0) {
      return retyped(spot, root, where);
    }
    if (spot.value() instanceof ObjectNode object) {
      return brokenObject(spot.schema(), object, root, where);
    }
    if (spot.value() instanceof ArrayNode array) {
      return brokenArray(spot.schema(), array, root, where);
    }
    JsonNode other = brokenScalar(spot.schema());
    return other != null && spot.replace(other)
        ? broken(root, where + " made " + abbreviated(other))
        : null;
  }

  private void collect(Spot spot, List<Spot> spots) {
    spots.add(spot);
    if (spot.value() instanceof ObjectNode object) {
      for (String name : object.propertyNames()) {
        JsonNode schema = contract.resolve(spot.schema().path("properties").path(name));
        collect(new Spot(schema, object.path(name), object, name, 0, null), spots);
      }
    } else if (spot.value() instanceof ArrayNode array) {
      JsonNode schema = contract.resolve(spot.schema().path("items"));
      for (int i = 0; i < array.size(); i++) {
        collect(new Spot(schema, array.path(i), null, spot.name(), i, array), spots);
      }
    }
  }

  private @Nullable Broken retyped(Spot spot, JsonNode root, String where) {
    JsonNode other = OF_EACH_TYPE.get(random.nextInt(OF_EACH_TYPE.size()));
    if (contract.faults(spot.schema(), other).isEmpty()) {
      return null;
    }
    return spot.replace(other)
        ? broken(root, where + " made " + other)
        : broken(other, "made " + other);
  }

  private @Nullable Broken brokenObject(
      JsonNode schema, ObjectNode object, JsonNode root, String where) {
    return switch (random.nextInt(3)) {
      case 0 -> withUnknown(schema, object, root, where);
      case 1 -> withoutRequired(schema, object, root, where);
      default -> withOneTwice(object, root, where);
    };
  }

  private @Nullable Broken withUnknown(
      JsonNode schema, ObjectNode object, JsonNode root, String where) {
    if (schema.path("additionalProperties").asBoolean(true)) {
      return null;
    }
    String unknown = random.nextBoolean() ? "nonsense" : "a/b~c";
    object.put(unknown, 1);
    return broken(root, unknown + " added to " + where);
  }

  private @Nullable Broken withoutRequired(
      JsonNode schema, ObjectNode object, JsonNode root, String where) {
    List<String> required = schema.path("required").valueStream().map(JsonNode::asString).toList();
    if (required.isEmpty()) {
      return null;
    }
    String missing = required.get(random.nextInt(required.size()));
    object.remove(missing);
    return broken(root, missing + " removed from " + where);
  }

  private @Nullable Broken withOneTwice(ObjectNode object, JsonNode root, String where) {
    List<String> names = new ArrayList<>(object.propertyNames());
    if (names.isEmpty()) {
      return null;
    }
    String twice = names.get(random.nextInt(names.size()));
    object.put(MARK, 0);
    String body = root.toString().replace("\"" + MARK + "\":0", JSON.stringNode(twice) + ":0");
    return new Broken(body.getBytes(StandardCharsets.UTF_8), twice + " twice in " + where, null);
  }

  private @Nullable Broken brokenArray(
      JsonNode schema, ArrayNode array, JsonNode root, String where) {
    int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
    if (random.nextBoolean() && schema.path("minItems").asInt(0) > 0) {
      array.removeAll();
      return broken(root, where + " emptied");
    }
    if (array.isEmpty() || most > LARGEST_ARRAY
        || (long) array.path(0).toString().length() * most > 500_000) {
      return null;
    }
    JsonNode element = array.path(0);
    while (array.size() <= most) {
      array.add(element);
    }
    return broken(root, where + " made one too long");
  }

  private @Nullable JsonNode brokenScalar(JsonNode schema) {
    List<JsonNode> others = new ArrayList<>();
    if (schema.has("enum")) {
      others.add(JSON.stringNode("nonsense"));
    }
    if (schema.has("maximum")) {
      others.add(JSON.numberNode(schema.path("maximum").asLong() + 1));
    }
    if (schema.has("minimum")) {
      others.add(JSON.numberNode(schema.path("minimum").asLong() - 1));
    }
    if (schema.has("maxLength")) {
      others.add(JSON.stringNode("x".repeat(schema.path("maxLength").asInt() + 1)));
    }
    if (schema.has("pattern")) {
      others.add(JSON.stringNode(notMatching(schema.path("pattern").asString())));
    }
    return others.isEmpty() ? null : others.get(random.nextInt(others.size()));
  }

  /** A text that does not match. */
  String notMatching(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    for (int tries = 0; tries < 10 && !pattern.contains("{5462}"); tries++) {
      String text = ValidValues.generator(pattern).generateNotMatching(random);
      if (!compiled.matcher(text).find()) {
        return text;
      }
    }
    return "nonsense";
  }

  private static Broken broken(JsonNode root, String change) {
    return new Broken(root.toString().getBytes(StandardCharsets.UTF_8), change, root);
  }

  private static String abbreviated(JsonNode value) {
    String text = value.toString();
    return text.length() < 100 ? text : text.substring(0, 100) + "...";
  }
}
