package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * Reads bodies that are an object with one property, an array. Takes its elements apart without
 * looking into them, so that a fault of one is not a fault of the others.
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
  private final int maxItems;

  /** The contract of bodies whose {@code property} is an array of 1 to {@code maxItems} elements. */
  public JsonArrayContract(String property, int maxItems) {
    this.property = property;
    this.maxItems = maxItems;
  }

  /**
   * Takes the elements apart.
   *
   * @throws RejectedRequestException when the body is no JSON, or no such object, whatever the elements
   */
  public List<JsonPart> read(byte @Nullable [] sent) {
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
      return new Reading(parser, body).elements();
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

    Reading(JsonParser parser, byte[] body) {
      this.parser = parser;
      this.body = body;
    }

    List<JsonPart> elements() {
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
      if (!faults.isEmpty()) {
        List<Violation> violations = new ArrayList<>();
        faults.forEach((pointer, detail) -> violations.add(new Violation(pointer, detail)));
        throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, violations);
      }
      return elements;
    }

    private void readObject() {
      boolean found = false;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (!name.equals(property)) {
          fault(Violation.pointer(name), SchemaViolations.UNKNOWN_DETAIL);
          MalformedJson.passOver(parser);
        } else if (found) {
          throw malformed("Duplicate Object property \"" + name + "\"");
        } else if (value == JsonToken.START_ARRAY) {
          readArray();
        } else {
          fault("/" + property, SchemaViolations.typeDetail("array", typeOf(value), true));
          MalformedJson.passOver(parser);
        }
        found |= name.equals(property);
      }
      if (!found) {
        fault("/" + property, SchemaViolations.REQUIRED_DETAIL);
      }
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
      if (count < 1) {
        fault("/" + property, "has to have at least 1 items");
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
