package io.vmxdecision.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The service's own properties, {@code vmx-decision.*}, with their defaults, read off its source. */
final class ServiceProperties {
  private static final Path SOURCE = Path.of("../service/app/src/main/java");
  private static final Pattern RECORD =
      Pattern.compile(
          "@ConfigurationProperties\\(\"(vmx-decision[^\"]*)\"\\)\\s+(?:public )?record \\w+\\((.*?)\\) \\{",
          Pattern.DOTALL);
  private static final Pattern COMPONENT =
      Pattern.compile("(?:@DefaultValue(?:\\(\"([^\"]*)\"\\))? )?(?:@Nullable )?[\\w<>]+ (\\w+)(?:,|$)");

  private ServiceProperties() {}

  /** Default by name, such as {@code vmx-decision.overload.body-bytes}; the empty string if there is none. */
  static Map<String, String> defaults() throws IOException {
    Map<String, String> defaults = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCE)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher record = RECORD.matcher(Files.readString(file));
        while (record.find()) {
          String prefix = record.group(1);
          COMPONENT.matcher(record.group(2)).results().forEach(
              component -> defaults.put(prefix + "." + kebab(component.group(2)), value(component)));
        }
      }
    }
    return defaults;
  }

  private static String value(MatchResult component) {
    String value = component.group(1);
    return value == null ? "" : value;
  }

  private static String kebab(String camel) {
    return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
