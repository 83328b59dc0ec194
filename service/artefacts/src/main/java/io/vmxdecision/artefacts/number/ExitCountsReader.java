package io.vmxdecision.artefacts.number;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.artefacts.trace.SvmExitCode;
import io.vmxdecision.engine.vmx.BasicExitReason;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads tables of how often a VM exited for which reason: of {@code perf kvm stat report} and {@code live}, of both
 * generations, of {@code kvm_stat}, and of {@code kvmexit} of bcc.
 */
public final class ExitCountsReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 8;
  private static final int MOST_ROWS = 200;
  private static final int SHOWN = 5;
  private static final int DECODED = 20;

  /** One of these stands in each line of which a table begins. */
  private static final List<String> WORDS = List.of("%", "EXIT", "Event name", "Analyze events", "kvm_exit(");

  private static final Pattern HEADER = Pattern.compile(
      "\\bVM-EXIT\\s+Samples\\b|^\\s*Event name\\s+Samples\\b|\\bAnalyze events for all VMs\\b"
          + "|\\bKVM_EXIT_REASON\\s+COUNT\\b");
  private static final Pattern ROW =
      Pattern.compile(
          "^\\s*([A-Za-z][A-Za-z0-9_]{1,40})\\s+(\\d{1,15})\\s+\\d{1,3}(?:\\.\\d{1,4})?\\s?%(?:\\s|$)");
  private static final Pattern BCC = Pattern.compile("\\bEXIT_REASON_([A-Z0-9_]{2,40})\\s+(\\d{1,15})\\s*$");
  private static final Pattern KVM_STAT =
      Pattern.compile("\\bkvm_exit\\(([A-Za-z0-9_]{2,40})\\)\\s+(\\d{1,15})(?=\\s|$)");
  private static final Pattern TRIMMINGS =
      Pattern.compile("^\\s*unknown kvm exit code:|\\bTotal Samples:\\d+, Total events handled time");

  private static final Map<String, BasicExitReason> VMX = Arrays.stream(BasicExitReason.values())
      .collect(Collectors.toUnmodifiableMap(BasicExitReason::name, Function.identity()));

  private static final Set<BasicExitReason> OF_L1 =
      EnumSet.of(BasicExitReason.VMLAUNCH, BasicExitReason.VMRESUME, BasicExitReason.VMREAD,
          BasicExitReason.VMWRITE, BasicExitReason.VMPTRLD, BasicExitReason.VMCLEAR);

  private final Consumer<Artefact> found;
  private @Nullable Artefact table;
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private int foreign;

  /** A reader that hands on what it finds. */
  public ExitCountsReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    if (table == null && WORDS.stream().noneMatch(text::contains)) {
      return false; // most lines end here
    }
    boolean header = HEADER.matcher(text).find();
    if (header && !counts.isEmpty()) {
      end();
    }
    Matcher row = row(text);
    boolean mine = row != null && row.end() <= text.length() && (row.end() < text.length() || line.whole())
        && (table != null || isReason(row.group(1)));
    if (mine && row != null) {
      count(row.group(1), Long.parseLong(row.group(2)), line);
    } else if (header) {
      begin(line);
      mine = true;
    } else if (table != null) {
      mine = TRIMMINGS.matcher(text).find();
    }
    Artefact current = table;
    if (mine && current != null) {
      foreign = 0;
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    } else if (current != null && !text.isBlank() && ++foreign > MOST_FOREIGN_LINES) {
      end();
    }
    return mine;
  }

  private static @Nullable Matcher row(String text) {
    if (text.indexOf('%') >= 0) {
      Matcher row = ROW.matcher(text);
      if (row.find()) {
        return row;
      }
    }
    for (Pattern pattern : List.of(BCC, KVM_STAT)) {
      Matcher row = pattern.matcher(text);
      if (row.find()) {
        return row;
      }
    }
    return null;
  }

  private static boolean isReason(String name) {
    return VMX.containsKey(name) || SvmExitCode.of(name) != null;
  }

  private void count(String name, long count, Line line) {
    begin(line);
    if (counts.containsKey(name) || counts.size() < MOST_ROWS) {
      counts.merge(name, count, Long::sum);
    }
  }

  private void begin(Line line) {
    if (table == null) {
      table = new Artefact(Kind.EXIT_COUNTS, Place.ofLines(line.part(), line.number(), line.number()));
    }
  }

  @Override
  public void end() {
    Artefact finished = table;
    if (finished != null && !counts.isEmpty()) {
      describe(finished);
      found.accept(finished);
    }
    table = null;
    counts.clear();
    foreign = 0;
  }

  private void describe(Artefact artefact) {
    long all = counts.values().stream().mapToLong(Long::longValue).sum();
    List<Map.Entry<String, Long>> most =
        counts.entrySet().stream().sorted(Map.Entry.comparingByValue(Comparator.reverseOrder())).toList();
    StringBuilder summary = new StringBuilder("Counts of VM-exits: ").append(all).append(" exits for ")
        .append(counts.size()).append(counts.size() == 1 ? " reason, " : " reasons, most of them for ")
        .append(most.stream().limit(SHOWN).map(it -> it.getKey() + " (" + percent(it.getValue(), all) + ")")
            .collect(Collectors.joining(", ")))
        .append('.');
    for (Map.Entry<String, Long> row : most.subList(0, Math.min(DECODED, most.size()))) {
      artefact.decode(reading(row.getKey(), row.getValue(), all));
    }
    long ofL1 = sum(OF_L1);
    if (ofL1 > 0) {
      summary.append(" VMX instructions are ").append(percent(ofL1, all))
          .append(": the guest is a hypervisor, an L1.");
      if (sum(EnumSet.of(BasicExitReason.VMREAD, BasicExitReason.VMWRITE)) > 0) {
        summary.append(" Its VMREAD and VMWRITE exit, so that it uses no enlightened VMCS while it executes"
            + " them.");
      }
    }
    artefact.summary(summary.toString());
    artefact.misses("the level of each exit", "The counts are of kvm_exit, which L1 and L2 share.",
        "trace-cmd record -e kvm:kvm_nested_vmexit -e kvm:kvm_nested_vmexit_inject, and POST what trace-cmd"
            + " report prints to /v1/audits.");
  }

  private long sum(Set<BasicExitReason> reasons) {
    return reasons.stream().mapToLong(reason -> counts.getOrDefault(reason.name(), 0L)).sum();
  }

  private static Reading reading(String name, long count, long all) {
    BasicExitReason reason = VMX.get(name);
    Integer svm = reason == null ? SvmExitCode.of(name) : null;
    Reading.Parts parts = Reading.having().with("name", name).with("exits", count);
    String what = "";
    if (reason != null) {
      parts.with("basic", reason.number());
      what = ", exit reason " + reason.number() + " (" + reason.title() + ")";
    } else if (svm != null) {
      parts.word("exitCode", Integer.toUnsignedLong(svm));
      what = ", SVM exit code 0x" + Integer.toHexString(svm);
    }
    return parts.as("exitCount", name + what + ": " + count + " exits, " + percent(count, all) + ".",
        reason == null ? "AMD APM vol. 2, appendix C" : "SDM vol. 3, appendix C");
  }

  private static String percent(long count, long all) {
    return all == 0 ? "0 %" : Math.round(1000.0 * count / all) / 10.0 + " %";
  }
}
