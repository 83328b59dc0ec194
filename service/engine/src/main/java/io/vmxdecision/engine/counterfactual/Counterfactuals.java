package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The minimal sets of changes that flip a decision.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>A change is a candidate when a rule reads it that is looked at for the exit, or for the exit with two
 *       other changes made: see {@link Candidates} for what changes there are. The exit itself is not changed.
 *   <li>A set of at most three candidates is found when the exit can be decided with its changes made, one of
 *       the verdicts that were asked for is then another, and this is so of no proper subset. All of them are
 *       found, unless a limit ends the search, which is told.
 *   <li>Smaller sets come first, then the order of the candidates: that of the rules, and of what they read.
 *   <li>The snapshot and the exit are as they were afterwards; meanwhile the bytes of its memory change. No
 *       thread may use them.
 * </ol>
 */
public final class Counterfactuals {
  /** Is told of what was found. */
  @FunctionalInterface
  public interface Finding {
    /**
     * A set.
     *
     * @param changes its changes
     * @param flips the verdicts that are others with them, of all verdicts
     * @param snapshot the snapshot with the changes made, to be read only now, and of one vCPU only
     * @param exit the exit with the changes made, to be read only now
     * @param decision the decision with them, to be read only now
     */
    void found(
        List<Change<Place>> changes, Set<Verdict> flips, Snapshot snapshot, VmExit exit, Decision decision);
  }

  private final DecisionEngine engine;
  private final Set<Verdict> goals;
  private final Machine machine;
  private final Candidates candidates;
  private final Decision base = new Decision();
  private final Decision decision = new Decision();

  private Counterfactuals(
      Profile profile, Snapshot snapshot, VmExit exit, Set<Verdict> goals, Limits limits) {
    this.engine = DecisionEngine.of(profile);
    this.goals = goals;
    machine = new Machine(snapshot, exit);
    candidates = new Candidates(profile, machine, limits.candidates());
  }

  /**
   * Searches, and tells {@code finding} of each set.
   *
   * @param goals the verdicts of which one at least has to flip
   * @throws IllegalArgumentException when the exit cannot be decided as it is
   */
  public static Search search(
      Profile profile,
      Snapshot snapshot,
      VmExit exit,
      Set<Verdict> goals,
      Limits limits,
      Finding finding) {
    Counterfactuals search = new Counterfactuals(profile, snapshot, exit, goals, limits);
    search.engine.decide(search.machine.snapshot, search.machine.exit, search.base);
    if (search.base.outcome() != Outcome.DECIDED) {
      throw new IllegalArgumentException("the exit cannot be decided: " + search.base.outcome());
    }
    search.candidates.note(search.base);
    search.candidates.grow();
    MinimalSets sets = MinimalSets.search(search.new Subject(finding), MinimalSets.LARGEST, limits);
    return new Search(
        search.candidates.count(),
        sets.tried(),
        !sets.isStopped() && !search.candidates.isCut());
  }

  /** Which verdicts are not the same in two decisions. */
  static Set<Verdict> flips(Decision one, Decision other) {
    Set<Verdict> flips = EnumSet.noneOf(Verdict.class);
    for (Verdict verdict : Verdict.values()) {
      if (flips(verdict, one, other)) {
        flips.add(verdict);
      }
    }
    return flips;
  }

  private static boolean flips(Verdict verdict, Decision one, Decision other) {
    return switch (verdict) {
      case HANDLED_BY -> one.handledBy() != other.handledBy();
      case ELIGIBLE -> one.isL2TlbFlushEligible() != other.isL2TlbFlushEligible();
      case SYNTHETIC_EXIT -> one.isSyntheticExit() != other.isSyntheticExit();
      case OUTCOME -> !endsLike(one.hypercall(), other.hypercall());
    };
  }

  private static boolean endsLike(HypercallOutcome one, HypercallOutcome other) {
    return one.isHandled() == other.isHandled()
        && one.isInvalidOpcode() == other.isInvalidOpcode()
        && one.status() == other.status();
  }

  private final class Subject implements MinimalSets.Subject {
    private final Finding finding;

    Subject(Finding finding) {
      this.finding = finding;
    }

    @Override
    public int candidates() {
      return candidates.count();
    }

    @Override
    public boolean exclude(int one, int other) {
      return candidates.get(one).excludes(candidates.get(other));
    }

    @Override
    public void apply(int candidate) {
      machine.apply(candidates.get(candidate));
    }

    @Override
    public void revert(int candidate) {
      machine.revert(candidates.get(candidate));
    }

    @Override
    public boolean flips() {
      engine.decide(machine.snapshot, machine.exit, decision);
      if (decision.outcome() == Outcome.DECIDED) {
        for (Verdict goal : goals) {
          if (Counterfactuals.flips(goal, base, decision)) {
            return true;
          }
        }
      }
      candidates.note(decision);
      return false;
    }

    @Override
    public void found(int[] set) {
      List<Change<Place>> changes = IntStream.of(set).mapToObj(candidates::get).toList();
      finding.found(
          changes,
          Counterfactuals.flips(base, decision),
          machine.snapshot,
          machine.exit,
          decision);
    }

    @Override
    public void grow() {
      candidates.grow();
    }
  }
}
