package io.vmxdecision.artefacts.number;

import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table of numbers and their names, with its source. Immutable. */
final class Table {
  private final String as;
  private final String title;
  private final String source;
  private final Map<Long, String> names;

  private Table(String as, String title, String source, Map<Long, String> names) {
    this.as = as;
    this.title = title;
    this.source = source;
    this.names = names;
  }

  /** @param rows lines of a number, a space and a name; a number is decimal or 0x.. */
  static Table of(String as, String title, String source, String rows) {
    Map<Long, String> names = new LinkedHashMap<>();
    for (String row : rows.lines().toList()) {
      int space = row.indexOf(' ');
      names.put(Long.decode(row.substring(0, space)), row.substring(space + 1).strip());
    }
    return new Table(as, title, source, names);
  }

  String as() {
    return as;
  }

  @Nullable
  String name(long value) {
    return names.get(value);
  }

  /** The reading of that number, or null if the table does not have it. */
  @Nullable
  Reading read(long value) {
    String name = names.get(value);
    return name == null
        ? null
        : Reading.having()
            .with("value", new Word(value))
            .with("number", (int) value)
            .with("name", name)
            .as(as, title + " " + (value >= 0 && value < 256 ? value : new Word(value)) + ": " + name + ".",
                source);
  }

  /** The number of that name, however it is written, or null. */
  @Nullable
  Long number(String name) {
    String wanted = plain(name);
    for (Map.Entry<Long, String> row : names.entrySet()) {
      String own = plain(row.getValue());
      if (own.equals(wanted) || own.endsWith("_" + wanted) || wanted.endsWith("_" + own)) {
        return row.getKey();
      }
    }
    return null;
  }

  private static String plain(String name) {
    return name.toUpperCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
  }
}
