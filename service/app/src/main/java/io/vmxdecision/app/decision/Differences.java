package io.vmxdecision.app.decision;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** Where decisions in JSON are not the same: those of kernels, and beside them what the text says. */
final class Differences {
  /** What a decision says of itself or of its profile. */
  private static final Set<String> NOT_COMPARED =
      Set.of("/id", "/decisionId", "/profile", "/explanation", "/l2TlbFlush/supported", "/openQuestions");

  private static final String ALLOWED = "allowed";

  private final Set<String> open;
  private final SortedMap<String, Boolean> ofTextByPointer = new TreeMap<>();

  private Differences(Set<String> open) {
    this.open = open;
  }

  /**
   * A difference.
   *
   * @param pointer where it is
   * @param ofText whether a kernel does otherwise than the text says; if not, kernels alone part
   */
  record Difference(JsonPointer pointer, boolean ofText) {}

  /**
   * The differences, sorted by pointer. Objects that all decisions have are gone into; all else is compared whole,
   * arrays too. Of the text, only what it has and does not leave open is compared: one of several outcomes is no
   * difference, and mutations count by vCPU and effect.
   *
   * @param text what the text says; missing if it is not asked or cannot say
   */
  static List<Difference> between(Collection<JsonNode> kernels, JsonNode text) {
    Differences differences =
        new Differences(Set.copyOf(text.path("openQuestions").findValuesAsString("pointer")));
    if (!kernels.isEmpty()) {
      differences.compare("", List.copyOf(kernels), text);
    }
    return differences.ofTextByPointer.entrySet().stream()
        .map(each -> new Difference(JsonPointer.compile(each.getKey()), each.getValue()))
        .toList();
  }

  private void compare(String pointer, List<JsonNode> kernels, JsonNode text) {
    if (NOT_COMPARED.contains(pointer)) {
      return;
    }
    if (!kernels.stream().allMatch(JsonNode::isObject) || !(text.isMissingNode() || text.isObject())) {
      boolean ofText = kernels.stream().anyMatch(kernel -> !agrees(pointer, kernel, text));
      if (ofText || kernels.stream().anyMatch(value -> !Objects.equals(value, kernels.getFirst()))) {
        ofTextByPointer.put(pointer, ofText);
      }
      return;
    }
    if (text.has(ALLOWED) && !kernels.stream().allMatch(kernel -> isAllowed(kernel, text))) {
      ofTextByPointer.put(pointer, true);
    }
    Set<String> names = new LinkedHashSet<>();
    kernels.forEach(value -> names.addAll(value.propertyNames()));
    names.addAll(text.propertyNames());
    names.remove(ALLOWED);
    for (String name : names) {
      List<JsonNode> within = new ArrayList<>(kernels.size());
      kernels.forEach(value -> within.add(value.path(name)));
      compare(pointer + "/" + name, within, text.path(name));
    }
  }

  /** Whether a kernel does what the text says, as far as it says anything. */
  private boolean agrees(String pointer, JsonNode kernel, JsonNode text) {
    if (text.isMissingNode() || open.contains(pointer)) {
      return true;
    }
    if (pointer.equals("/tlbMutations")) {
      return kernel.isArray() && effects(kernel).equals(effects(text));
    }
    if (!kernel.isObject() || !text.isObject()) {
      return kernel.equals(text);
    }
    return (!text.has(ALLOWED) || isAllowed(kernel, text))
        && text.propertyNames().stream()
            .filter(name -> !name.equals(ALLOWED))
            .allMatch(name -> agrees(pointer + "/" + name, kernel.path(name), text.path(name)));
  }

  /** Whether a hypercall ends with one of the outcomes that the text allows. */
  private static boolean isAllowed(JsonNode kernel, JsonNode text) {
    return text.path(ALLOWED).valueStream()
        .anyMatch(
            outcome -> outcome.propertyNames().stream()
                .allMatch(name -> outcome.path(name).equals(kernel.path(name))));
  }

  /** The effects by vCPU. */
  private static Map<JsonNode, JsonNode> effects(JsonNode mutations) {
    return mutations.valueStream()
        .collect(Collectors.toMap(one -> one.path("vcpu"), one -> one.path("effect")));
  }
}
