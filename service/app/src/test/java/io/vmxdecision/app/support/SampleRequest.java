package io.vmxdecision.app.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request to start from, and to change a value of at a time. */
public record SampleRequest(JsonNode json) {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** A flush call of L2 that L0 handles: DirectHypercall and all, and a TlbLockCount of 1. */
  public static SampleRequest flush() {
    return ofExample("2-synthetic-exit");
  }

  /** The request of a worked example of the OpenAPI document. */
  public static SampleRequest ofExample(String name) {
    try (InputStream in =
        Objects.requireNonNull(
            SampleRequest.class.getResourceAsStream("/examples/decide/" + name + ".json"), name)) {
      return new SampleRequest(MAPPER.readTree(in).path("request"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The request with a value put at a JSON Pointer, whose last step may be new. */
  public SampleRequest with(String pointer, String value) {
    JsonNode copy = json.deepCopy();
    JsonPointer place = JsonPointer.compile(pointer);
    JsonNode parent = parent(copy, place);
    if (parent instanceof ArrayNode array) {
      array.set(place.last().getMatchingIndex(), MAPPER.readTree(value));
    } else {
      ((ObjectNode) parent).set(place.last().getMatchingProperty(), MAPPER.readTree(value));
    }
    return new SampleRequest(copy);
  }

  /** The request without the property at a JSON Pointer. */
  public SampleRequest without(String pointer) {
    JsonNode copy = json.deepCopy();
    JsonPointer place = JsonPointer.compile(pointer);
    ((ObjectNode) parent(copy, place)).remove(place.last().getMatchingProperty());
    return new SampleRequest(copy);
  }

  private static JsonNode parent(JsonNode root, JsonPointer place) {
    JsonNode parent = root.at(place.head());
    if (parent.isMissingNode()) {
      throw new IllegalArgumentException("no " + place.head() + " in the sample");
    }
    return parent;
  }

  /** The body to send. */
  @Override
  public String toString() {
    return json.toString();
  }
}
