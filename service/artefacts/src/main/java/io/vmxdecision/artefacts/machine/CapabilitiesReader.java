package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the VMX capability MSRs: of {@code rdmsr}, with the address before the value or in the command line
 * before it; by name, as VirtualBox's log and others have them; and QEMU's warnings of what the host lacks.
 */
public final class CapabilitiesReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 400;
  private static final int MOST_LACKING = 100;

  /** Bit 55 of IA32_VMX_BASIC: the MSRs with TRUE in their names exist. */
  private static final long TRUE_CONTROLS = 1L << 55;

  private static final String VALUE =
      "\\s{0,40}(?:[:=]|\\s|is)\\s{0,4}(?:0x)?([0-9a-fA-F]{1,16})h?(?![0-9a-zA-Z])";
  private static final List<String> WORDS = List.of("msr", "vmx_");
  private static final Pattern NAMED =
      Pattern.compile(
          "\\b(?:MSR_)?IA32_VMX_([A-Z0-9_]{4,24})\\b(?:\\s{0,4}[(\\[][^)\\]\\n]{1,20}[)\\]])?" + VALUE);
  private static final Pattern ADDRESSED = Pattern.compile(
      "(?:^\\s{0,8}0x|(?i:\\bmsr[\\s(\\[:#]{0,3}(?:0x)?))(4[89][0-9a-fA-F])h?[)\\]]?\\s{0,4}[:=]?\\s{1,8}(?:0x)?"
          + "([0-9a-fA-F]{1,16})\\s*$");
  private static final Pattern COMMAND =
      Pattern.compile("\\brdmsr(?:\\s+-[a-zA-Z0-9]+(?:\\s+\\d+)?)*\\s+(?:0x)?(4[89][0-9a-fA-F])\\s*$");
  private static final Pattern BARE = Pattern.compile("^\\s{0,8}(?:0x)?([0-9a-fA-F]{1,16})\\s*$");
  private static final Pattern LACKS = Pattern.compile(
      "host doesn't support requested feature: MSR\\((4[89][0-9A-F])H\\)\\.([a-z0-9-]{1,60}) \\[bit (\\d{1,2})\\]");

  private static final Map<Integer, Capability> BY_MSR = Arrays.stream(Capability.values())
      .filter(it -> it.msr() != Capability.NO_MSR)
      .collect(Collectors.toUnmodifiableMap(Capability::msr, Function.identity()));
  private static final Map<String, Integer> BY_NAME = names();

  /** MSRs that say the same as one with TRUE in its name where that does not exist. */
  private static final Map<Integer, Capability> OLD = Map.of(
      0x481, Capability.VMX_TRUE_PINBASED_CTLS,
      0x482, Capability.VMX_TRUE_PROCBASED_CTLS,
      0x483, Capability.VMX_TRUE_EXIT_CTLS,
      0x484, Capability.VMX_TRUE_ENTRY_CTLS);

  private final Consumer<Artefact> found;
  private @Nullable Artefact capabilities;
  private final Map<Integer, Long> words = new HashMap<>();
  private int lacking;
  private int asked;
  private int foreign;

  /** A reader that hands on what it finds. */
  public CapabilitiesReader(Consumer<Artefact> found) {
    this.found = found;
  }

  private static Map<String, Integer> names() {
    Map<String, Integer> names = new HashMap<>();
    BY_MSR.forEach((msr, capability) -> names.put(capability.msrName().substring("IA32_VMX_".length()), msr));
    names.putAll(
        Map.of("PINBASED_CTLS", 0x481, "PROCBASED_CTLS", 0x482, "EXIT_CTLS", 0x483, "ENTRY_CTLS", 0x484,
            "VMCS_ENUM", 0x48a));
    return Map.copyOf(names);
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    if (asked == 0 && !text.contains("0x4") && !line.hasAny(WORDS)) {
      skip();
      return false;
    }
    Matcher command = COMMAND.matcher(text);
    if (command.find()) {
      asked = Integer.parseInt(command.group(1), 16);
      return true;
    }
    int msr = 0;
    String digits = "";
    Matcher named = NAMED.matcher(text);
    Matcher addressed = ADDRESSED.matcher(text);
    Matcher bare = BARE.matcher(text);
    if (named.find()) {
      msr = BY_NAME.getOrDefault(named.group(1), 0);
      digits = named.group(2);
    } else if (addressed.find()) {
      msr = Integer.parseInt(addressed.group(1), 16);
      digits = addressed.group(2);
    } else if (asked != 0 && bare.find()) {
      msr = asked;
      digits = bare.group(1);
    }
    asked = 0;
    boolean mine = msr >= 0x480 && msr <= 0x493 && line.whole();
    if (mine) {
      word(msr, Long.parseUnsignedLong(digits, 16), line);
    } else {
      mine = lacks(text, line);
    }
    Artefact current = capabilities;
    if (mine && current != null) {
      foreign = 0;
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    } else {
      skip();
    }
    return mine;
  }

  private void skip() {
    if (capabilities != null && ++foreign > MOST_FOREIGN_LINES) {
      end();
    }
  }

  private void word(int msr, long value, Line line) {
    Long before = words.get(msr);
    if (before != null && before != value) {
      end(); // of another CPU
    }
    Artefact current = begin(line);
    words.put(msr, value);
    Capability capability = BY_MSR.get(msr);
    if (capability != null) {
      current.readAt(
          new Provenance("/capabilities/" + capability.label(), line.part(), line.number(), line.shown()));
    }
  }

  private boolean lacks(String text, Line line) {
    Matcher match = LACKS.matcher(text);
    boolean any = false;
    while (match.find()) {
      any = true;
      Artefact current = begin(line);
      int msr = Integer.parseInt(match.group(1), 16);
      Capability capability = OLD.getOrDefault(msr, BY_MSR.get(msr));
      int bit = Integer.parseInt(match.group(3));
      String title = capability == null
          ? ""
          : CapabilityBits.of(capability).stream().filter(it -> it.low() == bit).map(CapabilityBits::title)
              .findFirst().orElse("");
      if (lacking++ < MOST_LACKING) {
        current.decode(Reading.having().word("msr", msr).with("bit", bit).with("feature", match.group(2))
            .as("hostLacks", "The host's KVM does not offer " + match.group(2)
                + (title.isEmpty() ? "" : " (" + title + ")") + ": bit " + bit + " of MSR "
                + Readings.msrName(msr)
                + ". QEMU leaves it out.", "QEMU mark_unavailable_features()"));
      }
    }
    return any;
  }

  private Artefact begin(Line line) {
    Artefact current = capabilities;
    if (current == null) {
      current =
          new Artefact(Kind.VMX_CAPABILITIES, Place.ofLines(line.part(), line.number(), line.number()));
      capabilities = current;
    }
    return current;
  }

  @Override
  public void end() {
    Artefact finished = capabilities;
    if (finished != null) {
      describe(finished);
      found.accept(finished);
    }
    capabilities = null;
    words.clear();
    lacking = 0;
    asked = 0;
    foreign = 0;
  }

  private void describe(Artefact artefact) {
    for (Capability capability : Capability.values()) {
      Long word = capability.msr() == Capability.NO_MSR ? null : words.get(capability.msr());
      if (word != null) {
        artefact.capabilities().put(capability, word);
        artefact.decode(Readings.capability(capability, word));
      }
    }
    Long basic = words.get(Capability.VMX_BASIC.msr());
    OLD.forEach((msr, capability) -> {
      Long word = words.get(msr);
      if (word != null && basic != null && (basic & TRUE_CONTROLS) == 0) {
        artefact.capabilities().putIfAbsent(capability, word);
      }
    });
    artefact.summary(words.isEmpty()
        ? "Warnings of QEMU: the host's KVM lacks " + lacking + " features of VMX that the VM asked for."
        : words.size() + (words.size() == 1 ? " VMX capability MSR" : " VMX capability MSRs") + " of a CPU.");
  }
}
