package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code cpuid -1} prints of Hyper-V's leaves without {@code -r}: a heading with the leaf, and a line for
 * each bit. A word is known once a line of each bit that a decision reads is there; bits that the program has no line
 * for are 0.
 */
public final class CpuidTextReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 400;
  private static final int EVMCS_HIGH_SHIFT = 8;
  private static final int BYTE = 0xff;

  private static final Pattern HEADING =
      Pattern.compile("^\\s{0,8}hypervisor .{1,80}\\((0x400000[0-9a-f]{2})(?:/(e[abcd]x))?\\):\\s*$");
  private static final Pattern FACE = Pattern.compile("^\\s{0,8}hypervisor_id\\s.{0,20}= \"([^\"]{0,12})\"");
  private static final Pattern BIT =
      Pattern.compile("^\\s{2,16}(\\S.{1,60}?)\\s*= (true|false|0x[0-9a-f]{1,8}(?: \\(\\d+\\))?)\\s*$");
  private static final String HYPER_V = "Microsoft Hv";

  /** Of a word the bits by their lines, and those that must be there. */
  private record Layout(String property, String register, Map<String, Integer> bits, Set<String> needed) {}

  private static final String LOW = "enlightened VMCS version (low)";
  private static final String HIGH = "enlightened VMCS version (high)";
  private static final String FLUSH = "direct virtual flush hypercalls support";
  private static final String EX_MASKS = "use ExProcessorMasks";
  private static final String EVMCS = "use enlightened VMCS interface";
  private static final String XMM_INPUT = "hypercall XMM input parameters available";
  private static final String GVA_RANGES = "extended gva ranges for flush virt addrs";

  private static final Layout NESTED = new Layout("nestedEax", "eax",
      Map.of(LOW, 0, HIGH, EVMCS_HIGH_SHIFT, FLUSH, 17, "HvFlushGuestPhysicalAddress* hypercalls", 18,
          "enlightened MSR bitmap support", 19),
      Set.of(LOW, HIGH, FLUSH));

  private static final Layout HINTS = new Layout("enlightenmentsEax", "eax",
      Map.ofEntries(Map.entry("use hypercalls for AS switches", 0),
          Map.entry("use hypercalls for local TLB flushes", 1),
          Map.entry("use hypercalls for remote TLB flushes", 2),
          Map.entry("use MSRs to access EOI, ICR, TPR", 3),
          Map.entry("use MSRs to initiate system RESET", 4), Map.entry("use relaxed timing", 5),
          Map.entry("use DMA remapping", 6), Map.entry("use interrupt remapping", 7),
          Map.entry("use x2APIC MSRs", 8), Map.entry("deprecate AutoEOI", 9),
          Map.entry("use SyntheticClusterIpi hypercall", 10), Map.entry(EX_MASKS, 11),
          Map.entry("hypervisor is nested with Hyper-V", 12),
          Map.entry("use INT for MBEC system calls", 13), Map.entry(EVMCS, 14)),
      Set.of("use hypercalls for remote TLB flushes", EX_MASKS, EVMCS));

  private static final Layout FEATURES = new Layout("featuresEdx", "edx",
      Map.ofEntries(Map.entry("MWAIT available", 0), Map.entry("guest debugging support available", 1),
          Map.entry("performance monitor support available", 2),
          Map.entry("CPU dynamic partitioning events avail", 3), Map.entry(XMM_INPUT, 4),
          Map.entry("virtual guest idle state available", 5),
          Map.entry("hypervisor sleep state available", 6),
          Map.entry("query NUMA distance available", 7),
          Map.entry("determine timer frequency available", 8),
          Map.entry("inject synthetic machine check available", 9),
          Map.entry("guest crash MSRs available", 10), Map.entry("debug MSRs available", 11),
          Map.entry("NPIEP available", 12), Map.entry("disable hypervisor available", 13),
          Map.entry(GVA_RANGES, 14), Map.entry("hypercall XMM register return available", 15),
          Map.entry("sint polling mode available", 17), Map.entry("hypercall MSR lock available", 18),
          Map.entry("use direct synthetic timers", 19)),
      Set.of(XMM_INPUT, GVA_RANGES));

  private static final Map<String, Layout> LAYOUTS = Map.of(
      "0x4000000a", NESTED,
      "0x40000004", HINTS,
      "0x40000003", FEATURES);

  private final Consumer<Artefact> found;
  private @Nullable Artefact leaves;
  private @Nullable Layout layout;
  private boolean heading;
  private final Map<String, Integer> words = new LinkedHashMap<>();
  private final Map<String, Set<String>> seen = new HashMap<>();
  private String face = HYPER_V;
  private int foreign;

  /** A reader that hands on what it finds. */
  public CpuidTextReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    boolean mine = false;
    if (line.whole() && (heading || text.contains("hypervisor"))) {
      Matcher id = FACE.matcher(text);
      if (id.find()) {
        if (leaves != null) {
          end(); // of another CPU
        }
        face = id.group(1);
        mine = true;
      } else {
        mine = heading(text, line) || bit(text, line);
      }
    }
    Artefact current = leaves;
    if (mine && current != null) {
      foreign = 0;
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    } else if (current != null && !text.isBlank() && ++foreign > MOST_FOREIGN_LINES) {
      end();
    }
    return mine;
  }

  private boolean heading(String text, Line line) {
    Matcher match = HEADING.matcher(text);
    if (!match.find()) {
      heading &= BIT.matcher(text).find();
      return false;
    }
    heading = true;
    String register = match.group(2);
    Layout next = LAYOUTS.get(match.group(1));
    layout = next != null && (register == null || register.equals(next.register)) ? next : null;
    if (layout != null && seen.containsKey(layout.property)) {
      Layout kept = layout;
      end(); // of another CPU
      layout = kept;
      heading = true;
    }
    if (leaves == null) {
      leaves = new Artefact(Kind.CPUID, Place.ofLines(line.part(), line.number(), line.number()));
    }
    return true;
  }

  /** A line of a bit, or of a number, under a heading of Hyper-V. */
  private boolean bit(String text, Line line) {
    Matcher match = BIT.matcher(text);
    Artefact current = leaves;
    if (!heading || current == null || !match.find()) {
      return false;
    }
    Layout word = layout;
    Integer bit = word == null ? null : word.bits.get(match.group(1));
    if (word == null || bit == null) {
      return true; // of a register that no decision reads, or a number
    }
    String value = match.group(2);
    int number = value.startsWith("0x")
        ? Integer.parseUnsignedInt(value.substring(2).split(" ", 2)[0], 16) & BYTE
        : value.equals("true") ? 1 : 0;
    words.merge(word.property, number << bit, (one, other) -> one | other);
    seen.computeIfAbsent(word.property, none -> new HashSet<>()).add(match.group(1));
    current.readAt(
        new Provenance("/snapshot/cpuid/" + word.property, line.part(), line.number(), line.shown()));
    return true;
  }

  @Override
  public void end() {
    Artefact finished = leaves;
    if (finished != null && !words.isEmpty()) {
      if (face.equals(HYPER_V)) {
        LAYOUTS.values().forEach(word -> {
          if (seen.getOrDefault(word.property, Set.of()).containsAll(word.needed)) {
            finished.cpuid().put(word.property, words.getOrDefault(word.property, 0));
          }
        });
      }
      describe(finished);
      found.accept(finished);
    }
    leaves = null;
    layout = null;
    heading = false;
    words.clear();
    seen.clear();
    face = HYPER_V;
    foreign = 0;
  }

  private void describe(Artefact artefact) {
    CpuidFindings.add(artefact);
    artefact.summary("What the program cpuid says of the hypervisor's leaves, bit by bit"
        + (artefact.cpuid().isEmpty()
            ? "; no word of Hyper-V is whole."
            : "; of Hyper-V: " + artefact.cpuid().entrySet().stream()
                .map(word -> word.getKey() + " " + new Word(Integer.toUnsignedLong(word.getValue())))
                .collect(Collectors.joining(", ")) + ". Bits that it has no line for are taken as 0."));
    if (!artefact.cpuid().isEmpty() && !artefact.cpuid().containsKey(NESTED.property)) {
      artefact.misses("CPUID 0x4000000A",
          "It says whether L0 offers an eVMCS (7:0, 15:8) and the L2 TLB flush (bit 17).",
          "cpuid -1 -r -l 0x4000000a in L1, or its kernel's line \"Hyper-V: Nested features\".");
    }
  }
}
