package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads CPUID leaves, as {@code cpuid -r}, x86info, libcpuid and kernels print them, and the words that Linux
 * prints of Hyper-V's leaves when it boots. Lines may be wrapped.
 */
public final class CpuidReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 100;
  private static final int MOST_CARRIED = 200;
  private static final int MOST_LEAVES = 1024;
  private static final int HYPERV_INTERFACE = 0x3123_7648; // "Hv#1"
  private static final String GAP = "[ ,\\t\\n]{1,16}";
  private static final String WORD = "(?:0x)?([0-9a-f]{8})";

  /** Between the subleaf and the words stands a sign, or the first word has its name: others are hex dumps. */
  private static final Pattern LEAF = Pattern.compile(
      "(?i)(?<![0-9a-fx])(?:0x)?([0-9a-f]{8})(?:\\[| |:|, ?subleaf ){1,2}\\s?(?:0x)?([0-9a-f]{1,8})"
          + "(?:(?:\\]|:|\\]:| =>| =)" + GAP + "(?:eax ?[=:] ?)?|" + GAP + "eax ?[=:] ?)(?:0x)?([0-9a-f]{8})"
          + GAP
          + "(?:ebx ?[=:] ?)?(?:0x)?([0-9a-f]{8})" + GAP
          + "(?:ecx ?[=:] ?)?(?:0x)?([0-9a-f]{8})" + GAP
          + "(?:edx ?[=:] ?)?(?:0x)?([0-9a-f]{8})(?![0-9a-f])");

  private static final Pattern LEAF_NO_SUBLEAF = Pattern.compile(
      "(?i)(?<![0-9a-fx])(?:0x)?([0-9a-f]{8})\\]?(?::| =>| =)?[ ,\\t]{1,16}eax ?[=:] ?(?:0x)?([0-9a-f]{8})"
          + GAP
          + "ebx ?[=:] ?(?:0x)?([0-9a-f]{8})" + GAP + "ecx ?[=:] ?(?:0x)?([0-9a-f]{8})" + GAP
          + "edx ?[=:] ?(?:0x)?([0-9a-f]{8})(?![0-9a-f])");

  /** The word "CPUID" says what the other words are, and they may have dashes between them. */
  private static final Pattern CALLED_LEAF = Pattern.compile(
      "(?i)\\bcpuid(?: level| leaf| function)?[ :\\[(]{1,3}" + WORD + "[\\])]?[:=]?" + GAP + WORD + "(?:"
          + GAP
          + "|-)" + WORD + "(?:" + GAP + "|-)" + WORD + "(?:" + GAP + "|-)" + WORD + "(?![0-9a-f])");

  private static final Pattern KERNEL = Pattern.compile(
      "Hyper-?V:\\s+(?:privilege\\s+flags\\s+low\\s+0x([0-9a-f]{1,8}),\\s+high\\s+0x([0-9a-f]{1,8})"
          + "|features\\s+0x([0-9a-f]{1,8})),(?:\\s+ext\\s+0x([0-9a-f]{1,8}),)?\\s+hints\\s+0x([0-9a-f]{1,8})"
          + "(?:,\\s+misc\\s+0x([0-9a-f]{1,8}))?(?![0-9a-fx,])");

  private static final Pattern NESTED =
      Pattern.compile("Hyper-?V:\\s+Nested\\s+features:\\s+0x([0-9a-f]{1,8})(?![0-9a-f])");

  private static final List<String> REGISTERS = List.of("Eax", "Ebx", "Ecx", "Edx");

  /** The words that a snapshot takes. */
  private static final Map<String, String> PROPERTIES = Map.of(
      "0x4000000aEax", "nestedEax",
      "0x40000004Eax", "enlightenmentsEax",
      "0x40000003Edx", "featuresEdx");

  private final Consumer<Artefact> found;
  private @Nullable Artefact leaves;
  private final Map<String, int[]> given = new HashMap<>();
  private String carried = "";
  private int foreign;

  /** A reader that hands on what it finds. */
  public CpuidReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = carried.isEmpty() ? line.text() : carried + "\n" + line.text();
    int joined = carried.isEmpty() ? 0 : carried.length();
    int end = 0;
    boolean any = false;
    if (!text.contains("yper") && !hasWord(text)) {
      carried = "";
      skip();
      return false;
    }
    for (Pattern pattern : List.of(LEAF, LEAF_NO_SUBLEAF, CALLED_LEAF)) {
      for (Matcher match = pattern.matcher(text); match.find();) {
        if (isLeaf(hex(match.group(1))) && (match.end() < text.length() || line.whole())) {
          leaf(match, pattern == LEAF, line);
          end = Math.max(end, match.end());
          any = true;
        }
      }
      if (any) {
        break;
      }
    }
    Matcher kernel = KERNEL.matcher(text);
    if (kernel.find() && (kernel.end() < text.length() || line.whole())) {
      end = kernel.end();
      any = true;
      kernel(kernel, line);
    }
    Matcher nested = NESTED.matcher(text);
    if (nested.find() && (nested.end() < text.length() || line.whole())) {
      end = nested.end();
      any = true;
      word("0x4000000a", 0, hex(nested.group(1)), line);
    }
    String rest = text.substring(Math.max(end, end == 0 ? joined : 0));
    carried = line.whole() && !rest.isBlank() && rest.length() <= MOST_CARRIED ? rest.stripLeading() : "";
    Artefact current = leaves;
    if (any && current != null) {
      foreign = 0;
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    } else {
      skip();
    }
    return any;
  }

  private void skip() {
    if (leaves != null && ++foreign > MOST_FOREIGN_LINES) {
      end();
    }
  }

  /** Whether 8 digits of a hexadecimal word stand together: without them a line says no leaf. */
  private static boolean hasWord(String text) {
    int digits = 0;
    for (int i = 0; i < text.length() && digits < Integer.BYTES * 2; i++) {
      digits = Character.digit(text.charAt(i), 16) >= 0 ? digits + 1 : 0;
    }
    return digits == Integer.BYTES * 2;
  }

  /** The ranges that CPUs and hypervisors have: other numbers before four words are no leaf. */
  private static boolean isLeaf(int leaf) {
    int low = leaf & 0xffff;
    return switch (leaf >>> 16) {
      case 0, 0x8000 -> low < 0x100;
      case 0x2000, 0x8086, 0xc000 -> low < 0x10;
      case 0x4000 -> true;
      case 0x8fff -> low >= 0xff00;
      default -> false;
    };
  }

  private static int hex(String digits) {
    return Integer.parseUnsignedInt(digits, 16);
  }

  private void leaf(Matcher match, boolean sub, Line line) {
    String leaf = "0x" + match.group(1).toLowerCase(java.util.Locale.ROOT);
    int first = sub ? 3 : 2;
    if (sub && Long.parseLong(match.group(2), 16) != 0 && leaf.startsWith("0x4")) {
      return;
    }
    int[] words = new int[REGISTERS.size()];
    for (int i = 0; i < words.length; i++) {
      words[i] = hex(match.group(first + i));
    }
    String key = leaf + (sub && !leaf.startsWith("0x4") ? "." + match.group(2) : "");
    int[] before = given.get(key);
    if ((before != null && !java.util.Arrays.equals(before, words)) || given.size() >= MOST_LEAVES) {
      end(); // of another CPU, or from another time
    }
    begin(line);
    if (!leaf.startsWith("0x4")) {
      given.put(key, words);
      return;
    }
    given.remove(leaf);
    for (int i = 0; i < words.length; i++) {
      word(leaf, i, words[i], line);
    }
  }

  private void kernel(Matcher match, Line line) {
    String low = match.group(1) == null ? match.group(3) : match.group(1);
    word("0x40000003", 0, hex(low), line);
    if (match.group(2) != null) {
      word("0x40000003", 1, hex(match.group(2)), line);
    }
    if (match.group(4) != null) {
      word("0x40000003", 2, hex(match.group(4)), line);
    }
    word("0x40000004", 0, hex(match.group(5)), line);
    if (match.group(6) != null) {
      word("0x40000003", 3, hex(match.group(6)), line);
    }
  }

  private void word(String leaf, int register, int value, Line line) {
    String property = PROPERTIES.get(leaf + REGISTERS.get(register));
    Artefact current = begin(line);
    if (property != null) {
      Integer before = current.cpuid().get(property);
      if (before != null && before != value) {
        end();
        current = begin(line);
      }
      current.cpuid().put(property, value);
      current.readAt(
          new Provenance("/snapshot/cpuid/" + property, line.part(), line.number(), line.shown()));
    }
    int[] words = given.computeIfAbsent(leaf, absent -> new int[REGISTERS.size()]);
    words[register] = value;
  }

  private Artefact begin(Line line) {
    Artefact current = leaves;
    if (current == null) {
      current = new Artefact(Kind.CPUID, Place.ofLines(line.part(), line.number(), line.number()));
      leaves = current;
    }
    return current;
  }

  @Override
  public void end() {
    Artefact finished = leaves;
    if (finished != null) {
      finished.decode(
          Reading.having()
              .with("leaves", given.keySet().stream().sorted().limit(100).toList())
              .as("leaves", "Leaves: "
                  + given.keySet().stream().sorted().limit(100).collect(Collectors.joining(", ")) + ".",
                  "SDM vol. 2, CPUID; TLFS, \"Feature Discovery\""));
      int[] face = given.get("0x40000001");
      boolean other = face != null && face[0] != HYPERV_INTERFACE && !finished.cpuid().isEmpty();
      if (other) {
        finished.cpuid().clear(); // the leaves of KVM, Xen or VMware have the same numbers
      }
      CpuidFindings.add(finished);
      Integer nested = finished.cpuid().get("nestedEax");
      finished.summary("CPUID words" + (finished.cpuid().isEmpty()
          ? ", none of them Hyper-V's" + (other ? ": the interface of 0x40000001 is not \"Hv#1\"." : ".")
          : " of Hyper-V: "
              + finished.cpuid().entrySet().stream()
                  .map(word -> word.getKey() + " " + new Word(Integer.toUnsignedLong(word.getValue())))
                  .collect(Collectors.joining(", "))
              + "."));
      if (nested == null && !finished.cpuid().isEmpty()) {
        finished.misses("CPUID 0x4000000A",
            "It says whether L0 offers an eVMCS (7:0, 15:8) and the L2 TLB flush (bit 17).",
            "cpuid -1 -r -l 0x4000000a in L1, or its kernel's line \"Hyper-V: Nested features\".");
      }
      found.accept(finished);
    }
    leaves = null;
    given.clear();
    carried = "";
    foreign = 0;
  }
}
