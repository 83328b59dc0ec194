package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.CpuidWords;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.engine.bytes.PageView;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads snapshots by the names that parts of a form and options of the command have: {@code KIND[:WHOSE][@SECONDS]}.
 * WHOSE is the vCPU of an eVMCS or a VP assist page, and the address of a page of memory.
 */
final class SnapshotParts {
  /** The most snapshots. */
  static final int MOST = 256;

  private static final String EVMCS = "evmcs";
  private static final String VP_ASSIST = "vpAssistPage";
  private static final String PARTITION_ASSIST = "partitionAssistPage";
  private static final String MEMORY = "memory";
  private static final List<String> PAGES = List.of(EVMCS, VP_ASSIST, PARTITION_ASSIST, MEMORY);
  private static final List<String> WORDS = List.of("nestedEax", "enlightenmentsEax", "featuresEdx");
  private static final List<String> FLAGS = List.of("enforced", "sgx");
  private static final Pattern NAME =
      Pattern.compile("([a-zA-Z]{1,32})(?::([0-9a-zA-Z]{1,20}))?(?:@(.{0,30}))?");
  private static final String UNKNOWN =
      "unknown: there are evmcs, vpAssistPage (of one vCPU: evmcs:1), partitionAssistPage, memory:GPA, "
          + String.join(", ", WORDS) + ", " + String.join(", ", FLAGS)
          + ", each with or without @SECONDS, and trace";
  private static final int NANO_DIGITS = 9;
  private static final int HEX = 16;

  private final List<TimedSnapshot> snapshots = new ArrayList<>();

  /** What was read. */
  List<TimedSnapshot> snapshots() {
    return snapshots;
  }

  /** Whether what has that name is a page of bytes, and no word. */
  static boolean isPage(String name) {
    Matcher matcher = NAME.matcher(name);
    return !matcher.matches() || !(WORDS.contains(matcher.group(1)) || FLAGS.contains(matcher.group(1)));
  }

  /**
   * Reads one.
   *
   * @param name the kind, and perhaps {@code :} and whose it is, and {@code @} and a time in seconds
   * @return what is wrong with it, or null
   */
  @Nullable
  String add(String name, byte[] content) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return UNKNOWN;
    }
    String kind = matcher.group(1);
    String whose = matcher.group(2);
    String time = matcher.group(3);
    if (!PAGES.contains(kind) && !WORDS.contains(kind) && !FLAGS.contains(kind)) {
      return UNKNOWN;
    }
    Long from = time == null ? Long.valueOf(Long.MIN_VALUE) : nanos(time);
    if (from == null) {
      return "the time after @ has to be seconds, such as 41.356217";
    }
    if (snapshots.size() == MOST) {
      return "there are more than " + MOST + " snapshots";
    }
    if (!PAGES.contains(kind)) {
      return whose != null
          ? "what follows the colon has no meaning here"
          : addCpuid(kind, from,
              new String(content, StandardCharsets.US_ASCII).trim().toLowerCase(Locale.ROOT));
    }
    if (content.length != PageView.PAGE_BYTES) {
      return "a page has 4096 bytes, this one "
          + (content.length > PageView.PAGE_BYTES ? "more" : String.valueOf(content.length));
    }
    return addPage(kind, whose, from, content);
  }

  private @Nullable String addPage(String kind, @Nullable String whose, long from, byte[] page) {
    if (kind.equals(MEMORY)) {
      if (whose == null || !whose.matches("0x[0-9a-fA-F]{1,16}")) {
        return "the name has the address of the page, such as memory:0x77000";
      }
      long gpa = Long.parseUnsignedLong(whose.substring(2), HEX);
      if (gpa % PageView.PAGE_BYTES != 0) {
        return "the address is not page-aligned: the low 12 bits are not 0";
      }
      snapshots.add(TimedSnapshot.ofMemory(from, gpa, page));
      return null;
    }
    if (kind.equals(PARTITION_ASSIST)) {
      if (whose != null) {
        return "what follows the colon has no meaning here: the page is of all vCPUs";
      }
      snapshots.add(TimedSnapshot.ofPartitionAssistPage(from, page));
      return null;
    }
    if (whose != null && !whose.matches("[0-9]{1,4}")) {
      return "what follows the colon has to be the number of a vCPU, such as " + kind + ":1";
    }
    int vcpu = whose == null ? TimedSnapshot.ALL_VCPUS : Integer.parseInt(whose);
    snapshots.add(kind.equals(EVMCS)
        ? TimedSnapshot.ofEvmcs(from, vcpu, page)
        : TimedSnapshot.ofVpAssistPage(from, vcpu, page));
    return null;
  }

  private @Nullable String addCpuid(String kind, long from, String text) {
    boolean flag = FLAGS.contains(kind);
    if (flag && !text.equals("true") && !text.equals("false")) {
      return "has to be true or false";
    }
    if (!flag && !text.matches("0x[0-9a-f]{1,8}")) {
      return "has to be a word of 32 bits, such as 0x20101";
    }
    Integer word = flag ? null : Integer.valueOf(Integer.parseUnsignedInt(text.substring(2), HEX));
    Boolean set = flag ? Boolean.valueOf(text) : null;
    snapshots.add(TimedSnapshot.ofCpuid(from, switch (kind) {
      case "nestedEax" -> new CpuidWords(word, null, null, null, null);
      case "enlightenmentsEax" -> new CpuidWords(null, word, null, null, null);
      case "featuresEdx" -> new CpuidWords(null, null, word, null, null);
      case "enforced" -> new CpuidWords(null, null, null, set, null);
      default -> new CpuidWords(null, null, null, null, set);
    }));
    return null;
  }

  private static @Nullable Long nanos(String seconds) {
    if (!seconds.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      return null;
    }
    return new BigDecimal(seconds).movePointRight(NANO_DIGITS).longValueExact();
  }
}
