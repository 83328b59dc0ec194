package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.node.JsonNodeType;

/**
 * Reads bodies that are an object with an array, and perhaps with other properties. Takes the elements of the
 * array apart without looking into them, so that a fault of one is not a fault of the others.
 *
 * <p>Safe for use by any thread.
 */
public final class JsonArrayContract {
  /** How deep elements may be that are only passed over; reading one has a limit of its own. */
  private static final int MAX_DEPTH = 500;

  /** Takes whatever is JSON: what else an element has to be is said of the element. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
          .build();

  private final String property;
  private final int minItems;
  private final int maxItems;
  private final Set<String> others;

  /** The contract of bodies whose {@code property} is an array of 1 to {@code maxItems} elements. */
  public JsonArrayContract(String property, int maxItems) {
    this(property, 1, maxItems, Set.of());
  }

  /**
   * The contract of bodies whose {@code property} is an array of {@code minItems} to {@code maxItems}
   * elements, beside which there may be {@code others}.
   */
  public JsonArrayContract(String property, int minItems, int maxItems, Set<String> others) {
    this.property = property;
    this.minItems = minItems;
    this.maxItems = maxItems;
    this.others = others;
  }

  /**
   * What a body was taken apart into.
   *
   * @param elements the elements of the array
   * @param rest an object of the other properties
   * @param faults what is wrong around them
   */
  public record Parts(List<JsonPart> elements, JsonPart rest, List<Violation> faults) {}

  /**
   * Takes the elements apart.
   *
   * @throws RejectedRequestException when the body is no JSON, or no such object, whatever the elements
   */
  public List<JsonPart> read(byte @Nullable [] sent) {
    Parts parts = takeApart(sent);
    if (!parts.faults().isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, parts.faults());
    }
    return parts.elements();
  }

  /**
   * Takes a body apart.
   *
   * @throws RejectedRequestException when it is no JSON, or no object; of what else is wrong around the elements
   *     it is told
   */
  public Parts takeApart(byte @Nullable [] sent) {
    byte[] bytes = JsonPart.orEmpty(sent);
    MalformedJson.requireUtf8(JSON, bytes);
    int mark = Utf8.markBytes(bytes);
    byte[] body = mark == 0 ? bytes : Arrays.copyOfRange(bytes, mark, bytes.length);
    MeteredParser parser;
    try {
      parser = new MeteredParser(JSON.createParser(ObjectReadContext.empty(), body));
    } catch (JacksonException e) {
      throw MalformedJson.rejection(null, e, true);
    }
    try (parser) {
      return new Reading(parser, body).parts();
    } catch (JacksonException e) {
      throw MalformedJson.rejection(parser, e, true);
    }
  }

  /** The reading of one body. */
  private final class Reading {
    private final JsonParser parser;
    private final byte[] body;
    private final List<JsonPart> elements = new ArrayList<>();
    private final Map<String, String> faults = new LinkedHashMap<>();
    private final Set<String> found = new HashSet<>();
    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();

    Reading(JsonParser parser, byte[] body) {
      this.parser = parser;
      this.body = body;
    }

    Parts parts() {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw malformed(MalformedJson.EMPTY_DETAIL);
      }
      if (first == JsonToken.START_OBJECT) {
        readObject();
      } else {
        fault("", SchemaViolations.typeDetail("object", typeOf(first), false));
        MalformedJson.passOver(parser);
      }
      if (parser.nextToken() != null) {
        throw malformed(MalformedJson.AFTER_DETAIL);
      }
      List<Violation> violations = new ArrayList<>();
      faults.forEach((pointer, detail) -> violations.add(new Violation(pointer, detail)));
      if (first != JsonToken.START_OBJECT) { // nothing else can be said of it
        throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, violations);
      }
      rest.writeBytes((rest.size() == 0 ? "{}" : "}").getBytes(StandardCharsets.UTF_8));
      return new Parts(elements, JsonPart.ofProperties(rest.toByteArray()), violations);
    }

    private void readObject() {
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        boolean isKnown = name.equals(property) || others.contains(name);
        if (isKnown && !found.add(name)) {
          throw malformed("Duplicate Object property \"" + name + "\"");
        }
        if (others.contains(name)) {
          keep(name);
        } else if (!isKnown) {
          fault(Violation.pointer(name), SchemaViolations.UNKNOWN_DETAIL);
          MalformedJson.passOver(parser);
        } else if (value == JsonToken.START_ARRAY) {
          readArray();
        } else {
          fault("/" + property, SchemaViolations.typeDetail("array", typeOf(value), true));
          MalformedJson.passOver(parser);
        }
      }
      if (!found.contains(property)) {
        fault("/" + property, SchemaViolations.REQUIRED_DETAIL);
      }
    }

    /** Adds a property, whose value the parser is at, to the rest. */
    private void keep(String name) {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      MalformedJson.passOver(parser);
      int to = (int) parser.currentLocation().getByteOffset();
      // The names that are kept are those of this class's users: none needs an escape.
      rest.writeBytes(
          ((rest.size() == 0 ? "{\"" : ",\"") + name + "\":").getBytes(StandardCharsets.UTF_8));
      rest.write(body, from, to - from);
    }

    private void readArray() {
      int count = 0;
      for (; parser.nextToken() != JsonToken.END_ARRAY; count++) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        MalformedJson.passOver(parser);
        if (count < maxItems) {
          int to = (int) parser.currentLocation().getByteOffset();
          elements.add(new JsonPart(body, from, to, "/" + property + "/" + count));
        }
      }
      if (count < minItems) {
        fault("/" + property, "has to have at least " + minItems + " items");
      } else if (count > maxItems) {
        fault("/" + property, "has to have at most " + maxItems + " items");
      }
    }

    private void fault(String pointer, String detail) {
      if (faults.size() < JsonContract.MAX_VIOLATIONS) {
        faults.putIfAbsent(pointer, detail);
      }
    }

    private static JsonNodeType typeOf(JsonToken start) {
      return switch (start) {
        case START_OBJECT -> JsonNodeType.OBJECT;
        case START_ARRAY -> JsonNodeType.ARRAY;
        case VALUE_STRING -> JsonNodeType.STRING;
        case VALUE_NULL -> JsonNodeType.NULL;
        case VALUE_TRUE, VALUE_FALSE -> JsonNodeType.BOOLEAN;
        default -> JsonNodeType.NUMBER;
      };
    }

    private RejectedRequestException malformed(String detail) {
      return MalformedJson.rejection(parser, detail, true);
    }
  }
}
