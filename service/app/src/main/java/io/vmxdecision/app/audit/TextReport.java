package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.FailedEntry;
import io.vmxdecision.artefacts.audit.OtherJudge;
import io.vmxdecision.artefacts.audit.Verdict;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for a person in a terminal: the worst first, 98 columns at most. */
final class TextReport extends AuditReport {
  private static final int WIDTH = 98;
  private static final int MOST_CONTRADICTIONS = 50;
  private static final int MOST_GROUPS = 100;
  private static final int SHOWN_GROUPS = 15;
  private static final int SHOWN_FLUSHES = 20;
  private static final int SHOWN_STALE = 20;
  private static final int SHOWN_FAILED = 20;

  private static final class Group {
    private final List<String> needs;
    private long count;
    private final long first;

    Group(AuditedExit exit) {
      needs = exit.needs();
      first = exit.line();
    }
  }

  private final Out out;
  private final StringBuilder text = new StringBuilder();
  private final List<AuditedExit> contradictions = new ArrayList<>();
  private final List<AuditedExit> byStaleCopies = new ArrayList<>();
  private final Map<String, Group> undecided = new LinkedHashMap<>();
  private final List<AuditedFlush> flushes = new ArrayList<>();
  private final List<FailedEntry> failed = new ArrayList<>();

  TextReport(Out out) {
    this.out = out;
  }

  @Override
  public void exit(AuditedExit exit) {
    if (exit.verdict() == Verdict.CONTRADICTS) {
      if (contradictions.size() < MOST_CONTRADICTIONS) {
        contradictions.add(exit);
      }
    } else if (exit.verdict() == Verdict.UNDECIDED) {
      String key =
          AuditParts.name(exit.isa(), exit.reason()) + " by " + exit.observed() + exit.needs().hashCode();
      Group group = undecided.get(key);
      if (group == null && undecided.size() < MOST_GROUPS) {
        group = new Group(exit);
        undecided.put(key, group);
      }
      if (group != null) {
        group.count++;
      }
    } else if (!exit.stale().isEmpty() && byStaleCopies.size() < SHOWN_STALE) {
      byStaleCopies.add(exit);
    }
  }

  @Override
  public void flush(AuditedFlush flush) {
    if (flushes.size() < SHOWN_FLUSHES) {
      flushes.add(flush);
    }
  }

  @Override
  public void failedEntry(FailedEntry entry) {
    if (failed.size() < SHOWN_FAILED) {
      failed.add(entry);
    }
  }

  @Override
  void end(AuditSummary summary, List<String> notes) {
    line("%d contradict, %d undecided, %d agree: %d exits from L2, %d by L0, %d by L1",
        summary.verdicts(Verdict.CONTRADICTS), summary.verdicts(Verdict.UNDECIDED),
        summary.verdicts(Verdict.AGREES), summary.exitsFromL2(), summary.handledByL0(),
        summary.exitsFromL2() - summary.handledByL0());
    notes.forEach(note -> wrapped("note: ", note));
    others(summary);
    contradictions(summary);
    failed(summary);
    undecided();
    stale(summary);
    flushes(summary);
    reasons(summary);
    line("");
    line("lines %d, events %d, unknown %d, lost %d", summary.lines(), summary.events(),
        summary.unknownLines(), summary.lostEvents());
    line("exits that L1 got: reflected %d, made by L0 %d, synthetic %d", summary.reflectedToL1(),
        summary.injectedByL0(), summary.syntheticExits());
    summary.firstUnknown().forEach(unknown -> line("unknown line %d: %s", unknown.line(), unknown.text()));
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }

  private void others(AuditSummary summary) {
    for (OtherJudge other : summary.others()) {
      String lines = other.parting().stream()
          .map(exit -> String.valueOf(exit.line()))
          .collect(Collectors.joining(", "));
      if (other.partings() > other.parting().size()) {
        lines += ", and " + (other.partings() - other.parting().size()) + " more";
      }
      wrapped(
          other.profile() + ": ",
          other.contradictions() + " contradict"
              + (other.partings() == 0 ? "; it judges every exit alike" : "; it parts at lines " + lines));
    }
  }

  private void contradictions(AuditSummary summary) {
    long all = summary.verdicts(Verdict.CONTRADICTS);
    if (all > 0) {
      line("");
      line("CONTRADICTS      line  time             vcpu  reason                  observed expected rule");
    }
    for (AuditedExit exit : contradictions) {
      line("%18s  %-16s %4s  %-23s %-8s %-8s %s",
          exit.line(), time(exit.timeNanos()), vcpu(exit.vcpu()),
          AuditParts.name(exit.isa(), exit.reason()), exit.observed(),
          exit.expected() == null ? "?" : exit.expected(), exit.rule() == null ? "" : exit.rule());
      wrapped("      ", exit.why());
      exit.stale().forEach(datum -> wrapped("      stale: ", AuditParts.told(datum)));
    }
    if (all > contradictions.size()) {
      line("      and %d more", all - contradictions.size());
    }
  }

  private void failed(AuditSummary summary) {
    if (summary.failedEntries() > 0) {
      line("");
      line("VM-ENTRIES THAT KVM REFUSED: %d", summary.failedEntries());
    }
    for (FailedEntry entry : failed) {
      wrapped("  line " + entry.line() + ": ", entry.text());
      entry.checks().forEach(check -> wrapped("    " + check.id() + " ", check.statement()));
      if (!entry.about().isEmpty()) {
        wrapped("    ", entry.about());
      }
    }
  }

  private void undecided() {
    if (!undecided.isEmpty()) {
      line("");
      line("UNDECIDED      exits  first line  reason, and what would decide it");
    }
    undecided.entrySet().stream()
        .sorted((a, b) -> Long.compare(b.getValue().count, a.getValue().count))
        .limit(SHOWN_GROUPS)
        .forEach(entry -> {
          String name = entry.getKey().replaceAll("L([01])-?[0-9]+$", "L$1");
          line("%20d  %10d  %s", entry.getValue().count, entry.getValue().first, name);
          wrapped("      ", String.join("; ", entry.getValue().needs));
        });
    if (undecided.size() > SHOWN_GROUPS) {
      line("      and %d more kinds", undecided.size() - SHOWN_GROUPS);
    }
  }

  private void stale(AuditSummary summary) {
    if (!byStaleCopies.isEmpty()) {
      line("");
      line("DECIDED BY STALE COPIES: %d exits that the pages would have decided otherwise",
          summary.decidedByStaleCopies());
    }
    for (AuditedExit exit : byStaleCopies) {
      line("%18s  %-16s %4s  %-23s %-8s %-8s %s",
          exit.line(), time(exit.timeNanos()), vcpu(exit.vcpu()),
          AuditParts.name(exit.isa(), exit.reason()), exit.observed(), exit.verdict(),
          exit.rule() == null ? "" : exit.rule());
      exit.stale().forEach(datum -> wrapped("      ", AuditParts.told(datum)));
    }
  }

  private void flushes(AuditSummary summary) {
    if (summary.flushCalls() == 0) {
      return;
    }
    line("");
    line(
        "FLUSHES OF L2: %d calls, %d lists (%d entries), %d of everything, %d for all processors, %d rejected",
        summary.flushCalls(), summary.listFlushes(), summary.repetitions(), summary.wholeFlushes(),
        summary.forAll(), summary.rejectedCalls());
    summary.statuses().forEach(
        (status, count) -> line("  rejected with %s: %d", AuditParts.statusOrNumber(status), count));
    if (summary.timedSynthetics() > 0) {
      line("  flush to synthetic exit: least %s, mean %s, most %s", time(summary.shortestToSynthetic()),
          time(summary.meanToSynthetic()), time(summary.longestToSynthetic()));
    }
    for (AuditedFlush flush : flushes) {
      String code = flush.code() == null ? "?" : flush.code().name();
      line("  line %-9d %-9s %-4s rep %-4d reach %-8s status %-34s %s", flush.line(), code,
          flush.fast() ? "fast" : "slow", flush.repCnt(), flush.reach(),
          flush.status() < 0 ? "?" : AuditParts.statusOrNumber(flush.status()),
          flush.syntheticExit() ? "synthetic" : "");
    }
    if (summary.flushCalls() > flushes.size()) {
      line("  and %d more", summary.flushCalls() - flushes.size());
    }
  }

  private void reasons(AuditSummary summary) {
    if (!summary.reasons().isEmpty()) {
      line("");
      line("EXITS BY REASON                      by L0       by L1");
    }
    summary.reasons().forEach((reason, handled) -> line("  %-27s %12d %11d",
        AuditParts.name(reason.isa(), reason.reason()), handled.byL0(), handled.byL1()));
  }

  private static String time(long nanos) {
    BigDecimal seconds = AuditParts.seconds(nanos);
    return seconds == null ? "-" : seconds.toPlainString();
  }

  private static String vcpu(int vcpu) {
    return vcpu < 0 ? "-" : String.valueOf(vcpu);
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation is in no library that is here
  private void line(String format, Object... values) {
    // Texts of the trace are in it, and a terminal obeys control characters.
    String line =
        String.format(Locale.ROOT, format, values).replaceAll("\\p{Cntrl}|[\\x80-\\x9f]", "?")
            .stripTrailing();
    text.append(line.length() > WIDTH ? line.substring(0, WIDTH - 2) + ".." : line).append('\n');
  }

  /** Words in lines of {@link #WIDTH}, indented as the first. */
  private void wrapped(String first, String words) {
    String indent = " ".repeat(first.length());
    StringBuilder line = new StringBuilder(first);
    for (String word : words.split(" ", -1)) {
      if (line.length() + word.length() > WIDTH && line.length() > indent.length()) {
        line("%s", line);
        line = new StringBuilder(indent);
      }
      line.append(word).append(' ');
    }
    line("%s", line);
  }
}
