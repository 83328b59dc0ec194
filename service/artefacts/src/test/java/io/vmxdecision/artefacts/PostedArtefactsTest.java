package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Audit;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Missing;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.artefacts.report.Word;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code expected.json} says of each artefact that people posted. */
class PostedArtefactsTest {
  private static final JsonNode EXPECTED =
      JsonMapper.shared().readTree(Files.bytes("posted/expected.json"));

  static Stream<JsonNode> expected() {
    return EXPECTED.valueStream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("expected")
  void theExplanationHoldsWhatIsExpected(JsonNode expected) {
    String file = expected.path("file").asString();
    Report report = Files.explain(Files.bytes("posted/" + file));
    for (String name : expected.propertyNames()) {
      JsonNode value = expected.path(name);
      switch (name) {
        case "kinds" -> assertThat(Files.kinds(report).stream().map(Enum::name))
            .containsAll(strings(value));
        case "exit" -> exit(report, value);
        case "findings" -> assertThat(Files.faults(report)).containsAll(strings(value));
        case "only" -> assertThat(Files.faults(report))
            .isSubsetOf(Stream.concat(strings(expected.path("findings")).stream(),
                strings(expected.path("mayAlso")).stream()).toList());
        case "notFindings" -> assertThat(Files.faults(report)).doesNotContainAnyElementsOf(strings(value));
        case "decoded" -> value.forEach(reading -> decoded(report, reading));
        case "notDecoded" -> assertThat(readings(report)).noneMatch(it -> strings(value).contains(it.as()));
        case "cpuid" -> cpuid(report, value);
        case "missing" ->
          assertThat(report.missing().stream().map(Missing::what)).containsAll(strings(value));
        case "inconsistent" -> assertThat(
            report.artefacts().stream().flatMap(it -> it.faults().stream()).map(Fault::fields)
                .flatMap(List::stream))
            .containsAll(strings(value));
        case "reasonName" -> assertThat(readings(report))
            .anyMatch(it -> it.as().equals("exitReason") && value.asString().equals(it.parts().get("name")));
        case "audit" -> audit(report, value);
        case "file", "why", "mayAlso" -> {
          // Words, and what other keys read.
        }
        default -> throw new AssertionError("nobody looks at " + name);
      }
    }
  }

  private static Set<String> strings(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Reading> readings(Report report) {
    return report.artefacts().stream().map(Artefact::decoded).flatMap(List::stream).toList();
  }

  private static void exit(Report report, JsonNode words) {
    ExitWords exit = Objects.requireNonNull(report.exit());
    assertThat(new Word(Integer.toUnsignedLong(exit.reason())).toString())
        .isEqualTo(words.path("reason").asString());
    if (words.has("qualification")) {
      assertThat(new Word(Objects.requireNonNull(exit.qualification())).toString())
          .isEqualTo(words.path("qualification").asString());
    }
  }

  private static void decoded(Report report, JsonNode expected) {
    assertThat(readings(report)).anySatisfy(reading -> {
      assertThat(reading.as()).isEqualTo(expected.path("as").asString());
      expected.properties().stream().filter(part -> !part.getKey().equals("as"))
          .forEach(part -> assertThat(String.valueOf(reading.parts().get(part.getKey())))
              .isEqualTo(part.getValue().asString()));
    });
  }

  private static void cpuid(Report report, JsonNode expected) {
    Map<String, Integer> words = report.cpuid();
    for (Map.Entry<String, JsonNode> word : expected.properties()) {
      if (word.getKey().equals("nestedEaxHas")) {
        strings(word.getValue())
            .forEach(
                bit -> assertThat(words.getOrDefault("nestedEax", 0) >>> Integer.parseInt(bit) & 1).isOne());
      } else {
        assertThat(words).containsEntry(word.getKey(), Integer.decode("0x0")
            | (int) Long.parseLong(word.getValue().asString().substring(2), 16));
      }
    }
  }

  private static void audit(Report report, JsonNode expected) {
    Audit audit =
        report.artefacts().stream().map(Artefact::audit).filter(Objects::nonNull).findFirst().orElseThrow();
    Map<String, Long> counts = Map.of(
        "exitsFromL2", audit.exitsFromL2(),
        "handledByL0", audit.handledByL0(),
        "reflectedToL1", audit.reflectedToL1(),
        "injectedByL0", audit.injectedByL0());
    expected.properties().forEach(
        count -> assertThat(counts).containsEntry(count.getKey(), count.getValue().asLong()));
  }
}
