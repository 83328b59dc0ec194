package io.vmxdecision.artefacts.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A reading of a word: what it is read as, what its parts are, and where that stands.
 *
 * @param as what it is read as, such as {@code exitReason}
 * @param text the reading, a sentence
 * @param parts by name: {@link Word}, {@link Integer}, {@link Boolean}, {@link String} or a list of strings
 * @param source the table: a section of the SDM, the TLFS, the APM, or a header of Linux
 */
public record Reading(String as, String text, Map<String, Object> parts, String source) {
  /** A reading; the parts keep their order. */
  public Reading {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /** A builder of the parts. */
  public static Parts having() {
    return new Parts();
  }

  /** Parts in the making. */
  public static final class Parts {
    private final Map<String, Object> parts = new LinkedHashMap<>();

    /** Adds a part. */
    public Parts with(String name, Object value) {
      parts.put(name, value);
      return this;
    }

    /** Adds a machine word. */
    public Parts word(String name, long value) {
      return with(name, new Word(value));
    }

    /** The reading with these parts. */
    public Reading as(String as, String text, String source) {
      return new Reading(as, text, parts, source);
    }
  }
}
