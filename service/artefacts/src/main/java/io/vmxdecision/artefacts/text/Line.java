package io.vmxdecision.artefacts.text;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A line of a text.
 *
 * @param part the file
 * @param number the line, from 1
 * @param raw the line as it is, without its end, shortened if it is very long
 * @param text the line without what logs and mails put before it
 * @param whole whether it has an end: the last line of a text that was cut off has none
 */
public record Line(String part, long number, String raw, String text, boolean whole) {
  private static final int SHOWN = 120;

  private static final Pattern QUOTES = Pattern.compile("^(?:\\s{0,8}[>|]\\s?){1,8}");

  private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]{0,16}[A-Za-z]");

  /** Each of these may stand there or not, in this order. */
  private static final Pattern LOG = Pattern.compile(
      "^\\s{0,4}(?:<\\d{1,3}>)?"
          + "(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? \\S{1,64} )?"
          + "(?:\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d\\S{0,16} (?:\\S{1,64} (?=kernel:))?)?"
          + "(?:kernel: ?)?(?:\\(XEN\\) ?)?(?:\\[[ \\d]{1,12}\\.\\d{3,9}\\](?:\\[ *[TC]\\d+\\])? ?)?"
          + "(?:\\(XEN\\) ?)?(?:\\[[^\\]\\n]{8,40}\\] (?=[A-Z* ]))?(?:kvm_intel|kvm_amd|kvm): ?");

  private static final Pattern LOG_ALONE = Pattern.compile(
      LOG.pattern().substring(0, LOG.pattern().lastIndexOf("(?:kvm_intel")));

  /** The line with its prefixes taken off. */
  public static Line of(String part, long number, String raw, boolean whole) {
    String text = QUOTES.matcher(plain(raw)).replaceFirst("");
    String module = LOG.matcher(text).replaceFirst("");
    if (module.length() == text.length()) {
      module = LOG_ALONE.matcher(text).replaceFirst("");
    }
    return new Line(part, number, raw, module, whole);
  }

  /** The line with spaces for what mails and browsers make of spaces, and without the colours of a terminal. */
  private static String plain(String raw) {
    String plain = raw.indexOf('\u001b') < 0 ? raw : COLOURS.matcher(raw).replaceAll("");
    return plain.replace('\u00a0', ' ').replace('\u202f', ' ').replace('\u2007', ' ');
  }

  /** Whether one of these words stands in {@link #text}, whatever its case; the words are in lower case. */
  public boolean hasAny(List<String> words) {
    String lower = text.toLowerCase(Locale.ROOT);
    for (String word : words) {
      if (lower.contains(word)) {
        return true;
      }
    }
    return false;
  }

  /** The line, short enough to be shown. */
  public String shown() {
    String stripped = raw.strip();
    return stripped.length() <= SHOWN ? stripped : stripped.substring(0, SHOWN) + "...";
  }
}
