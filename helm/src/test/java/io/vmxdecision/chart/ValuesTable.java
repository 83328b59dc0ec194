package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code values.yaml} says of its values, and the table of them in the chart's README. */
final class ValuesTable {
  private static final Path VALUES = Chart.FOLDER.resolve("values.yaml");
  private static final Path README = Chart.FOLDER.resolve("README.md");
  private static final String BEGIN = "<!-- values.yaml, by ReadmeWriter -->\n";
  private static final String END = "<!-- end -->\n";
  private static final Pattern KEY = Pattern.compile("( *)([\\w-]+):.*");

  private ValuesTable() {}

  /** The comment before each value, by its path, such as {@code image.tag}. */
  static Map<String, String> comments() throws IOException {
    Map<String, String> comments = new LinkedHashMap<>();
    List<String> path = new ArrayList<>();
    List<String> comment = new ArrayList<>();
    for (String line : Files.readAllLines(VALUES)) {
      if (line.strip().startsWith("#")) {
        comment.add(line.strip().substring(1).strip());
        continue;
      }
      Matcher key = KEY.matcher(line);
      int depth = key.matches() ? key.group(1).length() / 2 : Integer.MAX_VALUE;
      if (depth <= path.size()) { // else within a list
        path.subList(depth, path.size()).clear();
        path.add(key.group(2));
        if (!comment.isEmpty()) {
          comments.put(String.join(".", path), String.join(" ", comment));
        }
      }
      comment.clear();
    }
    return comments;
  }

  static JsonNode defaults() throws IOException {
    return Manifests.yaml(Files.readString(VALUES));
  }

  /** The README as it should be. */
  static String readme() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(end).isGreaterThanOrEqualTo(begin);
    StringBuilder table = new StringBuilder("| value | what | default |\n|---|---|---|\n");
    JsonNode defaults = defaults();
    comments()
        .forEach(
            (path, comment) -> {
              JsonNode value = defaults.at("/" + path.replace('.', '/'));
              table.append("| `").append(path).append("` | ").append(comment.replace("|", "\\|"))
                  .append(" | `").append(value).append("` |\n");
            });
    return readme.substring(0, begin) + table + readme.substring(end);
  }

  static String readmeNow() throws IOException {
    return Files.readString(README);
  }

  static void write(String readme) throws IOException {
    Files.writeString(README, readme);
  }
}
