package io.vmxdecision.app.decision;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** Where decisions in JSON are not the same. */
final class Differences {
  /** What a decision says of itself or of its profile. */
  private static final Set<String> NOT_COMPARED =
      Set.of("/id", "/decisionId", "/profile", "/explanation", "/l2TlbFlush/supported");

  private final Set<String> pointers = new TreeSet<>();

  private Differences() {}

  /**
   * The pointers to what differs, sorted. Objects that all decisions have are gone into; all else is compared
   * whole, arrays too.
   */
  static List<JsonPointer> between(Collection<JsonNode> decisions) {
    Differences differences = new Differences();
    differences.compare("", List.copyOf(decisions));
    return differences.pointers.stream().map(JsonPointer::compile).toList();
  }

  private void compare(String pointer, List<JsonNode> values) {
    if (NOT_COMPARED.contains(pointer)) {
      return;
    }
    if (!values.stream().allMatch(JsonNode::isObject)) {
      if (values.stream().anyMatch(value -> !Objects.equals(value, values.getFirst()))) {
        pointers.add(pointer);
      }
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    values.forEach(value -> names.addAll(value.propertyNames()));
    for (String name : names) {
      List<JsonNode> within = new ArrayList<>(values.size());
      values.forEach(value -> within.add(value.path(name)));
      compare(pointer + "/" + name, within);
    }
  }
}
