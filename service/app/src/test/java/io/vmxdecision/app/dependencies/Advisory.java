package io.vmxdecision.app.dependencies;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.maven.artifact.versioning.ComparableVersion;
import tools.jackson.databind.JsonNode;

/**
 * A known vulnerability in the OSV format.
 *
 * @see <a href="https://ossf.github.io/osv-schema/">OSV schema, "affected[].ranges[]"</a>
 */
record Advisory(String id, List<String> aliases, List<Affected> affected) {
  /** A package and the versions of it that have the hole. */
  record Affected(String coordinates, List<String> versions, List<List<Event>> ranges) {
    boolean contains(String version) {
      return versions.contains(version) || ranges.stream().anyMatch(range -> contains(range, version));
    }

    /** The events in order of their versions: the last that a version has reached decides. */
    private static boolean contains(List<Event> range, String version) {
      ComparableVersion candidate = new ComparableVersion(version);
      boolean contained = false;
      for (Event event : range) {
        int order = candidate.compareTo(event.version());
        contained =
            switch (event.kind()) {
              case INTRODUCED -> contained || order >= 0;
              case FIXED -> contained && order < 0;
              case LAST_AFFECTED -> contained && order <= 0;
            };
      }
      return contained;
    }
  }

  record Event(Kind kind, ComparableVersion version) {
    enum Kind { INTRODUCED, FIXED, LAST_AFFECTED }
  }

  static Advisory of(JsonNode json) {
    return new Advisory(
        json.path("id").stringValue(),
        json.path("aliases").valueStream().map(JsonNode::stringValue).toList(),
        json.path("affected")
            .valueStream()
            .filter(affected -> affected.at("/package/ecosystem").stringValue("").equals("Maven"))
            .map(Advisory::affected)
            .toList());
  }

  boolean affects(Component component) {
    return affected.stream()
        .anyMatch(
            it -> it.coordinates().equals(component.coordinates())
                && it.contains(component.version()));
  }

  /** Its id and those that others give it. */
  Stream<String> names() {
    return Stream.concat(Stream.of(id), aliases.stream());
  }

  private static Affected affected(JsonNode json) {
    return new Affected(
        json.at("/package/name").stringValue(),
        json.path("versions").valueStream().map(JsonNode::stringValue).toList(),
        json.path("ranges")
            .valueStream()
            .filter(range -> !range.path("type").stringValue("").equals("GIT"))
            .map(range -> events(range.path("events")))
            .toList());
  }

  private static List<Event> events(JsonNode json) {
    List<Event> events = new ArrayList<>();
    for (JsonNode each : json) {
      for (Event.Kind kind : Event.Kind.values()) {
        each.path(kind.name().toLowerCase(Locale.ROOT))
            .stringValueOpt()
            .ifPresent(version -> events.add(new Event(kind, new ComparableVersion(version))));
      }
    }
    events.sort(Comparator.comparing(Event::version));
    return events;
  }
}
