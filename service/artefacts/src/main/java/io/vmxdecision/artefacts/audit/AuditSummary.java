package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.machine.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counts of an audit. Bounded: 256 different reasons and rejecting statuses are told apart, and {@link
 * #FIRST_UNKNOWN} unknown lines are kept. The audit fills it; it is read when the audit has ended.
 */
public final class AuditSummary {
  /** How many unknown lines are kept. */
  public static final int FIRST_UNKNOWN = 10;

  /** The most bytes of an unknown line that are kept. */
  public static final int UNKNOWN_BYTES = 200;

  private static final int MOST_KINDS = 256;

  /**
   * Exits of one reason.
   *
   * @param isa whose reason it is
   * @param reason the whole reason or exit code
   */
  public record Reason(Isa isa, int reason) implements Comparable<Reason> {
    @Override
    public int compareTo(Reason other) {
      int byIsa = isa.compareTo(other.isa);
      return byIsa != 0 ? byIsa : Integer.compareUnsigned(reason, other.reason);
    }
  }

  /** How many exits of one reason L0 and L1 handled. */
  public static final class Handled {
    private long byL0;
    private long byL1;

    private Handled() {}

    /** How many L0 handled. */
    public long byL0() {
      return byL0;
    }

    /** How many L1 got. */
    public long byL1() {
      return byL1;
    }
  }

  /**
   * An unknown line.
   *
   * @param line its number, from 1
   * @param text its beginning; what is no printable ASCII is a question mark
   */
  public record UnknownLine(long line, String text) {}

  long lines;
  long events;
  long unknownLines;
  long lostEvents;
  long lostMarkers;
  long exitsFromL2;
  long handledByL0;
  long reflectedToL1;
  long injectedByL0;
  long syntheticExits;
  long l2Flushes;
  long failedEntries;
  long eligibleButReflected;
  long decidedByStaleCopies;

  long flushCalls;
  long listFlushes;
  long wholeFlushes;
  long repetitions;
  long rejectedCalls;
  long forAll;

  long synthetics;
  long shortestNanos = Long.MAX_VALUE;
  long longestNanos;
  long sumNanos;

  private final List<OtherJudge> others;
  private final Map<Verdict, Long> verdicts = new EnumMap<>(Verdict.class);
  private final Map<Reason, Handled> reasons = new TreeMap<>();
  private final Map<Integer, Long> statuses = new TreeMap<>();
  private final List<UnknownLine> firstUnknown = new ArrayList<>();

  AuditSummary(List<OtherJudge> others) {
    this.others = others;
    for (Verdict verdict : Verdict.values()) {
      verdicts.put(verdict, 0L);
    }
  }

  void count(AuditedExit exit) {
    verdicts.merge(exit.verdict(), 1L, Long::sum);
    if (!exit.stale().isEmpty()) {
      decidedByStaleCopies++;
    }
    boolean byL0 = exit.observed() == Level.L0;
    if (byL0) {
      handledByL0++;
    }
    Reason reason = new Reason(exit.isa(), exit.reason());
    Handled handled = reasons.get(reason);
    if (handled == null) {
      if (reasons.size() == MOST_KINDS) {
        return;
      }
      handled = new Handled();
      reasons.put(reason, handled);
    }
    if (byL0) {
      handled.byL0++;
    } else {
      handled.byL1++;
    }
  }

  void count(AuditedFlush flush) {
    flushCalls++;
    if (flush.status() > 0) {
      rejectedCalls++;
      if (statuses.size() < MOST_KINDS || statuses.containsKey(flush.status())) {
        statuses.merge(flush.status(), 1L, Long::sum);
      }
    } else if (flush.reach() != AuditedFlush.Reach.REJECTED) {
      if (flush.all()) {
        wholeFlushes++;
      } else {
        listFlushes++;
        repetitions += flush.repCnt();
      }
      if (flush.reach() == AuditedFlush.Reach.ALL) {
        forAll++;
      }
    }
    if (flush.toSyntheticNanos() >= 0) {
      synthetics++;
      shortestNanos = Math.min(shortestNanos, flush.toSyntheticNanos());
      longestNanos = Math.max(longestNanos, flush.toSyntheticNanos());
      sumNanos += flush.toSyntheticNanos();
    }
  }

  void unknown(long line, byte[] bytes, int from, int to) {
    if (firstUnknown.size() < FIRST_UNKNOWN) {
      String text = new String(bytes, from, Math.min(to - from, UNKNOWN_BYTES), StandardCharsets.US_ASCII);
      StringBuilder shown = new StringBuilder(text);
      for (int i = 0; i < shown.length(); i++) {
        char c = shown.charAt(i);
        if ((c < ' ' && c != '\t') || c > '~') {
          shown.setCharAt(i, '?');
        }
      }
      firstUnknown.add(new UnknownLine(line, shown.toString()));
    }
  }

  /** How many lines the text has. */
  public long lines() {
    return lines;
  }

  /** How many of them are events, of any kind. */
  public long events() {
    return events;
  }

  /** How many lines are unknown. */
  public long unknownLines() {
    return unknownLines;
  }

  /** The first unknown lines, at most {@link #FIRST_UNKNOWN}. */
  public List<UnknownLine> firstUnknown() {
    return List.copyOf(firstUnknown);
  }

  /** How many events are lost, as far as the markers say how many. */
  public long lostEvents() {
    return lostEvents;
  }

  /** How many markers say that events are lost. */
  public long lostMarkers() {
    return lostMarkers;
  }

  /** How many exits from L2 there are. */
  public long exitsFromL2() {
    return exitsFromL2;
  }

  /** How many of them L0 handled. */
  public long handledByL0() {
    return handledByL0;
  }

  /** How many of them L1 got. */
  public long reflectedToL1() {
    return reflectedToL1;
  }

  /** How many exits L1 got that L0 made of its own accord. */
  public long injectedByL0() {
    return injectedByL0;
  }

  /** How many synthetic exits L1 got. */
  public long syntheticExits() {
    return syntheticExits;
  }

  /** How many flushes are marked as those of L2. */
  public long l2Flushes() {
    return l2Flushes;
  }

  /** How many VM-entries KVM refused. */
  public long failedEntries() {
    return failedEntries;
  }

  /** How many exits L0's copies decide otherwise than the pages would. */
  public long decidedByStaleCopies() {
    return decidedByStaleCopies;
  }

  /** How many VMCALLs L1 got though the L2 TLB flush was eligible. */
  public long eligibleButReflected() {
    return eligibleButReflected;
  }

  /** How many exits have each verdict. */
  public long verdicts(Verdict verdict) {
    return verdicts.getOrDefault(verdict, 0L);
  }

  /** The other L0s by whose rules the exits were judged too. */
  public List<OtherJudge> others() {
    return others;
  }

  /** Who handled the exits of each reason; of 256 reasons. */
  public Map<Reason, Handled> reasons() {
    return new TreeMap<>(reasons);
  }

  /** How many flush hypercalls of L2 L0 handled. */
  public long flushCalls() {
    return flushCalls;
  }

  /** How many of them named addresses that were flushed one by one. */
  public long listFlushes() {
    return listFlushes;
  }

  /** How many of them flushed everything. */
  public long wholeFlushes() {
    return wholeFlushes;
  }

  /** How many entries the lists had together. */
  public long repetitions() {
    return repetitions;
  }

  /** How many of the flushes were for all processors. */
  public long forAll() {
    return forAll;
  }

  /** How many calls were rejected. */
  public long rejectedCalls() {
    return rejectedCalls;
  }

  /** How many with each status. */
  public Map<Integer, Long> statuses() {
    return new TreeMap<>(statuses);
  }

  /** How many synthetic exits came a known time after their flush. */
  public long timedSynthetics() {
    return synthetics;
  }

  /** The shortest time from a flush to its synthetic exit, in nanoseconds; 0 if there is none. */
  public long shortestToSynthetic() {
    return synthetics == 0 ? 0 : shortestNanos;
  }

  /** The longest one. */
  public long longestToSynthetic() {
    return longestNanos;
  }

  /** The mean. */
  public long meanToSynthetic() {
    return synthetics == 0 ? 0 : sumNanos / synthetics;
  }
}
