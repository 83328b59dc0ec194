package io.vmxdecision.app.support;

import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the changes of a counterfactual into a request, as a client does that knows nothing but the contract. */
public final class RequestChanges {
  private RequestChanges() {}

  /** A copy of {@code request} with all of {@code changes}. */
  public static JsonNode apply(JsonNode request, Iterable<JsonNode> changes) {
    JsonNode copy = request.deepCopy();
    for (JsonNode change : changes) {
      apply(copy, JsonPointer.compile(change.path("pointer").asString()), change.path("to"));
    }
    return copy;
  }

  private static void apply(JsonNode request, JsonPointer pointer, JsonNode to) {
    JsonNode at = request;
    JsonPointer rest = pointer;
    while (!rest.tail().matches()) {
      String name = rest.getMatchingProperty();
      if (at.path(name).isMissingNode() && at instanceof ObjectNode object) {
        if (rest.tail().getMatchingProperty().equals("-")) {
          object.putArray(name);
        } else {
          object.putObject(name);
        }
      }
      at = at instanceof ArrayNode ? at.get(rest.getMatchingIndex()) : at.get(name);
      rest = rest.tail();
    }
    String last = rest.getMatchingProperty();
    if (at instanceof ArrayNode array) {
      if (last.equals("-")) {
        array.add(to);
      } else {
        array.remove(rest.getMatchingIndex());
      }
    } else if (to.isMissingNode()) {
      takeAway((ObjectNode) at, last);
    } else {
      ((ObjectNode) at).set(last, to);
    }
  }

  /** A page goes with the fields that are laid over it. */
  private static void takeAway(ObjectNode from, String page) {
    from.remove(page);
    switch (page) {
      case "evmcs" -> from.remove("evmcsFields");
      case "vpAssistPage" -> from.remove("vpAssist");
      case "partitionAssistPage" -> from.remove("partitionAssist");
      default -> {}
    }
  }
}
