package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Cpuid;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads snapshots by the names that parts of a form and options of the command have. */
final class SnapshotParts {
  /** The most snapshots. */
  static final int MOST = 256;

  private static final String EVMCS = "evmcs";
  private static final String VP_ASSIST = "vpAssistPage";
  private static final String PARTITION_ASSIST = "partitionAssistPage";
  private static final String NESTED_EAX = "nestedEax";
  private static final List<String> NAMES = List.of(EVMCS, VP_ASSIST, PARTITION_ASSIST, NESTED_EAX);
  private static final int MOST_TIME_CHARACTERS = 30;
  private static final int NANO_DIGITS = 9;

  private final List<TimedSnapshot> snapshots = new ArrayList<>();

  /** What was read. */
  List<TimedSnapshot> snapshots() {
    return snapshots;
  }

  /**
   * Reads one.
   *
   * @param name {@code evmcs}, {@code vpAssistPage}, {@code partitionAssistPage} or {@code nestedEax}, and perhaps
   *     {@code @} and a time in seconds
   * @return what is wrong with it, or null
   */
  @Nullable
  String add(String name, byte[] content) {
    int at = name.indexOf('@');
    String kind = at < 0 ? name : name.substring(0, at);
    if (!NAMES.contains(kind)) {
      return "unknown: there are " + String.join(", ", NAMES) + ", each with or without @SECONDS, and trace";
    }
    Long from = at < 0 ? Long.valueOf(Long.MIN_VALUE) : nanos(name.substring(at + 1));
    if (from == null) {
      return "the time after @ has to be seconds, such as 41.356217";
    }
    if (snapshots.size() == MOST) {
      return "there are more than " + MOST + " snapshots";
    }
    if (kind.equals(NESTED_EAX)) {
      return addCpuid(from, new String(content, StandardCharsets.US_ASCII).trim().toLowerCase(Locale.ROOT));
    }
    if (content.length != PageView.PAGE_BYTES) {
      return "a page has 4096 bytes, this one "
          + (content.length > PageView.PAGE_BYTES ? "more" : String.valueOf(content.length));
    }
    snapshots.add(switch (kind) {
      case EVMCS -> TimedSnapshot.ofEvmcs(from, content);
      case VP_ASSIST -> TimedSnapshot.ofVpAssistPage(from, content);
      default -> TimedSnapshot.ofPartitionAssistPage(from, content);
    });
    return null;
  }

  private @Nullable String addCpuid(long from, String word) {
    if (!word.matches("0x[0-9a-f]{1,8}")) {
      return "has to be a word of 32 bits, such as 0x20101";
    }
    Cpuid cpuid = new Cpuid();
    cpuid.nestedEax(Integer.parseUnsignedInt(word.substring(2), 16));
    snapshots.add(TimedSnapshot.ofCpuid(from, cpuid));
    return null;
  }

  private static @Nullable Long nanos(String seconds) {
    if (seconds.length() > MOST_TIME_CHARACTERS || !seconds.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      return null;
    }
    return new BigDecimal(seconds).movePointRight(NANO_DIGITS).longValueExact();
  }
}
