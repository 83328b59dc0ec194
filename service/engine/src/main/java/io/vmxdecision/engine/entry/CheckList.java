package io.vmxdecision.engine.entry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The checks that are made in one mode, in their order. Safe for use by any thread. */
final class CheckList {
  private final EntryMode mode;
  private final EntryCheck[] checks;
  private final Condition[] violated;

  /**
   * Made by the first decision that needs it, so that nobody waits for it at the start. It has no fields, so
   * that threads which race for it may each make one and share it unsynchronized.
   */
  private @Nullable CompiledChecks compiled;

  /** The checks of the CPU, a bit each. */
  private final long[] ofCpu;

  /** The fields that any check reads, a bit each. */
  private final long[] fields = new long[VmEntry.wordsForBits(VmcsField.count())];

  CheckList(EntryMode mode, List<EntryCheck> all) {
    this.mode = mode;
    checks = all.stream().filter(check -> check.isMadeIn(mode)).toArray(EntryCheck[]::new);
    violated = new Condition[checks.length];
    ofCpu = new long[VmEntry.wordsForBits(checks.length)];
    for (int i = 0; i < checks.length; i++) {
      violated[i] = checks[i].violated(mode);
      if (checks[i].stage() == EntryStage.CPU) {
        VmEntry.set(ofCpu, i);
      }
      for (EntryFact fact : checks[i].reads()) {
        if (fact instanceof VmcsField field) {
          VmEntry.set(fields, VmEntry.index(field));
        }
      }
    }
  }

  /** When each check is violated, in their order. */
  List<Condition> violated() {
    return List.of(violated);
  }

  /** The checks. Not to be changed. */
  EntryCheck[] checks() {
    return checks;
  }

  /** Judges the entry into {@code decision}, each check on its own. */
  void judge(VmEntry entry, EntryFacts facts, VmEntryDecision decision) {
    // Of a bare CPU seldom everything is known.
    if (mode == EntryMode.BARE_CPU || entry.misses(fields)) {
      judgeOneByOne(facts, decision);
    } else {
      judgeAll(facts, decision.violatedBits());
    }
  }

  /** The same, one check after the other, also where something is not known. */
  void judgeOneByOne(EntryFacts facts, VmEntryDecision decision) {
    judgeOneByOne(
        facts, mode == EntryMode.BARE_CPU ? Truth.YES : VmEntryEngine.CPU_ENTERS.in(facts), decision);
  }

  private void judgeOneByOne(EntryFacts facts, int cpuEnters, VmEntryDecision decision) {
    for (int i = 0; i < checks.length; i++) {
      int truth = violated[i].in(facts);
      if (isOfCpu(i)) {
        truth &= cpuEnters;
      }
      if (truth == Truth.YES) {
        VmEntry.set(decision.violatedBits(), i);
      } else if (truth == Truth.MAYBE) {
        VmEntry.set(decision.undecidedBits(), i);
      }
    }
  }

  /** Everything is known: of KVM and of what it gives L1 it is, and of the VMCS too. */
  private void judgeAll(EntryFacts facts, long[] into) {
    compiled().check(facts, into);
    long leftToCpu = 0;
    for (int i = 0; i < ofCpu.length; i++) {
      leftToCpu |= into[i] & ofCpu[i];
    }
    if (leftToCpu != 0 && VmEntryEngine.CPU_ENTERS.in(facts) == Truth.NO) {
      for (int i = 0; i < ofCpu.length; i++) {
        into[i] &= ~ofCpu[i];
      }
    }
  }

  private CompiledChecks compiled() {
    CompiledChecks made = compiled;
    if (made == null) {
      made = CompiledChecks.of(List.of(violated));
      compiled = made;
    }
    return made;
  }

  private boolean isOfCpu(int check) {
    return ((ofCpu[check / Long.SIZE] >>> check) & 1) != 0;
  }
}
