package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.decision.EvmcsWrites;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a VM-entry, and all checks that do not hold. Reused; a decision is written into it
 * without allocating. The lists are made when they are asked for. Not thread-safe.
 */
public final class VmEntryDecision {
  private static final int NONE = -1;

  private final EvmcsWrites evmcsWrites = new EvmcsWrites();
  private final long[] violated = new long[4];
  private final long[] undecided = new long[4];
  private EntryCheck[] made = {};
  private int count;
  private int first = NONE;
  private int firstMsrLoad = NONE;
  private EntryOutcome outcome = EntryOutcome.ENTERS;
  private int instructionError;
  private int exitReason;
  private long exitQualification;

  /** These checks are made, and nothing is found yet. */
  void begin(EntryCheck[] checks) {
    made = checks;
    count = checks.length;
    first = NONE;
    firstMsrLoad = NONE;
    outcome = EntryOutcome.ENTERS;
    instructionError = 0;
    exitReason = 0;
    exitQualification = 0;
    evmcsWrites.clear();
    Arrays.fill(violated, 0);
    Arrays.fill(undecided, 0);
  }

  /** The checks that do not hold: bit i % 64 of word i / 64. To be written before {@link #settle}. */
  long[] violatedBits() {
    return violated;
  }

  /** The checks that depend on something that is not given, likewise. */
  long[] undecidedBits() {
    return undecided;
  }

  /** The first check does not hold, and no other counts as made. */
  void endsWithFirst() {
    count = 1;
  }

  /**
   * All checks have been made: finds the first that does not hold.
   *
   * @param msrLoadNumber the number of the check that stops the loading of MSRs, which comes first of its
   *     kind; 0 if none does
   */
  void settle(int msrLoadNumber) {
    for (int i = violated.length - 1; i >= 0; i--) {
      if (violated[i] != 0) {
        first = i * Long.SIZE + Long.numberOfTrailingZeros(violated[i]);
      }
    }
    if (msrLoadNumber != 0) {
      stopsMsrLoading(msrLoadNumber);
    }
  }

  private void stopsMsrLoading(int number) {
    for (int i = 0; i < count; i++) {
      if (made[i].stage() == EntryStage.MSR_LOAD && made[i].number() == number) {
        firstMsrLoad = i;
      }
    }
    if (first != NONE && made[first].stage() == EntryStage.MSR_LOAD) {
      first = firstMsrLoad;
    }
  }

  void fails(EntryOutcome outcome, int instructionError, int exitReason, long qualification) {
    this.outcome = outcome;
    this.instructionError = instructionError;
    this.exitReason = exitReason;
    this.exitQualification = qualification;
  }

  /** What L1 gets. */
  public EntryOutcome outcome() {
    return outcome;
  }

  /** The VM-instruction error with {@link EntryOutcome#VM_FAIL_VALID}: 4, 5, 7, 8 or 26; else 0. */
  public int instructionError() {
    return instructionError;
  }

  /** The exit reason, 32 bits, with {@link EntryOutcome#FAILED_ENTRY}; else 0. */
  public int exitReason() {
    return exitReason;
  }

  /** The exit qualification with {@link EntryOutcome#FAILED_ENTRY}; else 0. */
  public long exitQualification() {
    return exitQualification;
  }

  /** What changes in the eVMCS; nothing for an ordinary VMCS. */
  public EvmcsWrites evmcsWrites() {
    return evmcsWrites;
  }

  /** The check that L0 or the CPU acts on, or null when all that can be decided hold. */
  public @Nullable EntryCheck firstViolation() {
    return first == NONE ? null : made[first];
  }

  /** Every check that does not hold, in order. */
  public List<EntryCheck> violations() {
    List<EntryCheck> checks = new ArrayList<>();
    boolean msrLoadAdded = firstMsrLoad == NONE;
    for (int i = 0; i < count; i++) {
      if (!has(violated, i)) {
        continue;
      }
      if (!msrLoadAdded && made[i].stage() == EntryStage.MSR_LOAD) {
        checks.add(made[firstMsrLoad]);
        msrLoadAdded = true;
      }
      if (i != firstMsrLoad) {
        checks.add(made[i]);
      }
    }
    return List.copyOf(checks);
  }

  /** Every check that depends on something that is not given, in order. */
  public List<EntryCheck> undecided() {
    List<EntryCheck> checks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (has(undecided, i)) {
        checks.add(made[i]);
      }
    }
    return List.copyOf(checks);
  }

  /** Every check that was made, in order. */
  public List<EntryCheck> made() {
    return List.of(made).subList(0, count);
  }

  /** Whether that check was made and does not hold. */
  public boolean isViolated(EntryCheck check) {
    return is(violated, check);
  }

  /** Whether that check was made and depends on something that is not given. */
  public boolean isUndecided(EntryCheck check) {
    return is(undecided, check);
  }

  private boolean is(long[] set, EntryCheck check) {
    for (int i = 0; i < count; i++) {
      if (made[i] == check) {
        return has(set, i);
      }
    }
    return false;
  }

  private static boolean has(long[] set, int index) {
    return ((set[index >>> 6] >>> index) & 1) != 0;
  }
}
