package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The minimal sets by trying every set of at most three changes, those too that contain one that flips already, over
 * everything that is read after any two changes.
 */
final class AllSets {
  private final DecisionEngine engine;
  private final Machine machine;
  private final Set<Verdict> goals;
  private final Candidates candidates;
  private final Decision base = new Decision();
  private final Set<Set<Change<Place>>> flipping = new HashSet<>();

  AllSets(Profile profile, Snapshot snapshot, VmExit exit, Set<Verdict> goals) {
    engine = DecisionEngine.of(profile);
    machine = new Machine(snapshot, exit);
    this.goals = goals;
    candidates = new Candidates(profile, machine, Integer.MAX_VALUE);
    engine.decide(machine.snapshot, machine.exit, base);
    candidates.note(base);
    candidates.grow();
    for (int size = 1; size <= 3; size++) {
      flipping.clear();
      extend(new ArrayList<>(), 0, size);
      candidates.grow();
    }
  }

  int candidates() {
    return candidates.count();
  }

  private void extend(List<Change<Place>> made, int from, int left) {
    if (!made.isEmpty()) {
      Decision decision = new Decision();
      engine.decide(machine.snapshot, machine.exit, decision);
      boolean decided = decision.outcome() == Outcome.DECIDED;
      if (decided && !Collections.disjoint(Counterfactuals.flips(base, decision), goals)) {
        flipping.add(new HashSet<>(made));
      }
      candidates.note(decision);
    }
    for (int next = from; left > 0 && next < candidates.count(); next++) {
      Change<Place> change = candidates.get(next);
      if (made.stream().noneMatch(change::excludes)) {
        machine.apply(change);
        made.add(change);
        extend(made, next + 1, left - 1);
        made.removeLast();
        machine.revert(change);
      }
    }
  }

  /** Those of which no proper subset flips. */
  Collection<Set<Change<Place>>> minimal() {
    return flipping.stream().filter(this::isMinimal).toList();
  }

  private boolean isMinimal(Set<Change<Place>> set) {
    for (Change<Place> one : set) {
      Set<Change<Place>> rest = new HashSet<>(set);
      rest.remove(one);
      if (flipping.contains(rest)) {
        return false;
      }
      for (Change<Place> alone : rest) {
        if (flipping.contains(Set.of(alone))) {
          return false;
        }
      }
    }
    return true;
  }
}
