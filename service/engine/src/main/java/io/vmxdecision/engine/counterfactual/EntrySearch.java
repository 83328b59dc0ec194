package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.EntryLevers;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The search behind {@link EntryCounterfactuals}. A set grows only by what is in the way.
 *
 * <p>While some check fails first, a set that flips the entry has to change something of what is in the way of that
 * check, or of what keeps an earlier one from failing: nothing else is added to it. So all minimal sets are
 * found, and few others are tried. What is in the way also gives the candidates; a candidate that comes late may
 * complete an earlier set, so that the sets are built anew until none comes.
 */
final class EntrySearch {
  /** The check that a set is built for is not settled: what fails is put right. */
  private static final int ANY = Integer.MAX_VALUE;

  private final Limits limits;
  private final EntryLevers levers;
  private final EntryLevers nextLevers;

  /** What the change has to touch besides, or null. */
  private @Nullable EntryLevers next;

  private final List<EntryCheck> checks;
  private final List<Change<EntryPlace>> candidates = new ArrayList<>();
  private final Set<Change<EntryPlace>> known = new HashSet<>();
  private final EntryTrial trial;

  /** Of checks that shall fail: what L1 writes into the VMCS comes first, then what it is allowed. */
  private final Set<Change<EntryPlace>> later = new LinkedHashSet<>();

  /** The checks, by place, whose failure flips the entry when it is the first. */
  private final BitSet wanted = new BitSet();

  /** Those of them that a candidate may make fail. */
  private final BitSet reached = new BitSet();

  /** The place of the check that fails first of the entry as it is. */
  private final int base;

  private final boolean successWanted;

  /** Whether checks that hold give candidates that make them fail. */
  private final boolean breaks;

  /** The sets of the size at hand, or smaller, that flip the entry. */
  private final Set<Long> found = new HashSet<>();

  private boolean cut;

  /**
   * A set in the making.
   *
   * @param key the {@linkplain EntryTrial#key key} of the set
   * @param target the place of the check that shall fail first, or {@link #ANY}
   */
  private record Node(long key, int target) {
    int[] set() {
      return EntryTrial.set(key);
    }
  }

  EntrySearch(VmEntry entry, Set<EntryOutcome> goals, Limits limits) {
    this.limits = limits;
    levers = new EntryLevers(entry);
    nextLevers = new EntryLevers(entry);
    checks = levers.checks();
    trial = new EntryTrial(entry, candidates, checks);
    base = trial.first(new int[0]);
    for (int i = 0; i < checks.size(); i++) {
      boolean same = base != EntryTrial.NONE && checks.get(i).failure().endsLike(checks.get(base).failure());
      wanted.set(i, !same && goals.contains(checks.get(i).failure().outcome()));
    }
    successWanted = base != EntryTrial.NONE && goals.contains(EntryOutcome.ENTERS);
    breaks = !successWanted;
  }

  /** Searches, and tells {@code finding} of each set. */
  Search run(EntryCounterfactuals.Finding finding) {
    boolean complete = true;
    List<int[]> sets = new ArrayList<>();
    int before;
    do {
      before = candidates.size();
      sets.clear();
      found.clear();
      complete = build(sets, before);
    } while (complete && candidates.size() != before);
    for (int[] set : sets) {
      trial.make(set);
      finding.found(of(set), trial.decision());
      trial.takeBack(set);
    }
    trial.decision(); // so that it is known as it was
    return new Search(candidates.size(), trial.tried() - 1, complete && !cut);
  }

  /** The candidates of a search. */
  List<Change<EntryPlace>> candidates() {
    return candidates;
  }

  /**
   * Builds the sets of one candidate, then of two, then of three: of three only when there are as many candidates
   * as there were.
   *
   * @return whether no limit was met
   */
  private boolean build(List<int[]> sets, int before) {
    Set<Node> nodes = Set.of(new Node(EntryTrial.key(), ANY));
    for (int size = 1; size <= MinimalSets.LARGEST; size++) {
      Set<Node> next = new LinkedHashSet<>();
      for (Node node : nodes) {
        expand(node, next);
        if (next.size() > limits.tries()) {
          return false;
        }
      }
      if (size == MinimalSets.LARGEST && candidates.size() != before) {
        return true;
      }
      nodes = next;
      if (!judge(nodes, sets)) {
        return false;
      }
    }
    return true;
  }

  /** Takes those that flip the entry out of the nodes, into the sets; whether no limit was met. */
  private boolean judge(Set<Node> nodes, List<int[]> sets) {
    List<int[]> flipping = new ArrayList<>();
    Set<Long> now = new HashSet<>();
    boolean complete = true;
    for (Node node : nodes) {
      int[] set = node.set();
      if (trial.tried() > limits.tries() && !trial.isKnown(set)) {
        complete = false;
        break;
      }
      if (flips(trial.first(set)) && now.add(node.key()) && isMinimal(set)) {
        flipping.add(set);
      }
    }
    found.addAll(now);
    nodes.removeIf(node -> now.contains(node.key()));
    flipping.sort(Arrays::compare);
    for (int[] set : flipping) {
      if (sets.size() == limits.sets()) {
        return false;
      }
      sets.add(set);
    }
    return complete;
  }

  private boolean flips(int first) {
    return first == EntryTrial.NONE ? successWanted : wanted.get(first);
  }

  /** Whether no part of a set flips: where a limit ends the search, not all that do have been found. */
  private boolean isMinimal(int[] set) {
    for (int left = 0; left < set.length; left++) {
      int[] part = new int[set.length - 1];
      System.arraycopy(set, 0, part, 0, left);
      System.arraycopy(set, left + 1, part, left, part.length - left);
      if (flips(trial.first(part)) || !isMinimal(part)) {
        return false;
      }
    }
    return true;
  }

  private void expand(Node node, Set<Node> into) {
    int[] set = node.set();
    int first = trial.first(set);
    trial.make(set);
    if (node.target() == ANY) {
      if (first != EntryTrial.NONE) {
        lookAtNext(set, first, ANY);
        look(set, first, false, true);
        grow(set, ANY, into);
      }
      expandForEarlier(set, first == EntryTrial.NONE ? checks.size() : first, into);
    } else {
      boolean inTheWay = first != EntryTrial.NONE && first < node.target();
      if (inTheWay) {
        lookAtNext(set, first, node.target());
      } else {
        next = null;
      }
      look(set, inTheWay ? first : node.target(), !inTheWay, inTheWay || breaks);
      grow(set, node.target(), into);
    }
    trial.takeBack(set);
    later.forEach(this::add);
    later.clear();
  }

  /**
   * Looks at what the last change of a set has to do besides: it puts right not only the check that fails first
   * but the next one too, or makes the target fail.
   */
  private void lookAtNext(int[] set, int first, int target) {
    next = null;
    if (set.length < MinimalSets.LARGEST - 1) {
      return;
    }
    int wantedNext = target == ANY ? wanted.nextSetBit(first + 1) : target;
    int end = wantedNext < 0 ? checks.size() : wantedNext;
    int second = trial.failsAfter(first, end);
    if (second != EntryTrial.NONE) {
      nextLevers.look(checks.get(second), false, null);
      next = nextLevers;
    } else if (target != ANY && !trial.fails(target)) {
      nextLevers.look(checks.get(target), true, null);
      next = nextLevers;
    }
  }

  /**
   * A check may be made to fail before the one that fails now; if before the one that failed at the beginning,
   * then nothing else has to be changed first.
   */
  private void expandForEarlier(int[] set, int first, Set<Node> into) {
    next = null;
    BitSet targets = breaks ? wanted : (BitSet) reached.clone();
    int from = set.length == 0 || base == EntryTrial.NONE ? 0 : base;
    for (int i = targets.nextSetBit(from); i >= 0 && i < first; i = targets.nextSetBit(i + 1)) {
      look(set, i, true, breaks);
      grow(set, i, into);
    }
  }

  /** Looks at a check as the entry is with the set's changes made, and takes over what levers there are. */
  private void look(int[] set, int check, boolean violated, boolean givesCandidates) {
    levers.look(checks.get(check), violated, givesCandidates ? (fact, mask, value) -> {
      if (next != null && !next.touches(fact, mask)) {
        return;
      }
      Change<EntryPlace> change = trial.change(fact, mask, value);
      if (change.from() != change.to() && isFree(set, change)) {
        if (violated && fact instanceof Capability) {
          later.add(change);
        } else {
          add(change);
        }
      }
    } : null);
  }

  private void add(Change<EntryPlace> change) {
    if (known.contains(change)) {
      return;
    }
    if (candidates.size() == limits.candidates()) {
      cut = true;
      return;
    }
    known.add(change);
    candidates.add(change);
    EntryFact fact = EntryTrial.fact(change);
    for (int i = wanted.nextSetBit(0); i >= 0; i = wanted.nextSetBit(i + 1)) {
      if (levers.reads(checks.get(i), fact)) {
        reached.set(i);
      }
    }
  }

  private boolean isFree(int[] set, Change<EntryPlace> change) {
    for (int candidate : set) {
      if (candidates.get(candidate).excludes(change)) {
        return false;
      }
    }
    return true;
  }

  /** Adds the set with each candidate that is in the way of what was looked at last. */
  private void grow(int[] set, int target, Set<Node> into) {
    for (int i = 0; i < candidates.size(); i++) {
      Change<EntryPlace> change = candidates.get(i);
      EntryFact fact = EntryTrial.fact(change);
      if (levers.touches(fact, change.mask())
          && (next == null || next.touches(fact, change.mask()))
          && isFree(set, change)) {
        int[] more = with(set, i);
        if (!containsFound(more)) {
          into.add(new Node(EntryTrial.key(more), target));
        }
      }
    }
  }

  private static int[] with(int[] set, int candidate) {
    int[] more = Arrays.copyOf(set, set.length + 1);
    int at = set.length;
    while (at > 0 && more[at - 1] > candidate) {
      more[at] = more[at - 1];
      at--;
    }
    more[at] = candidate;
    return more;
  }

  /** Whether a part of the set flips the entry by itself. */
  private boolean containsFound(int[] set) {
    for (int i = 0; i < set.length; i++) {
      if (set.length > 1 && found.contains(EntryTrial.key(set[i]))) {
        return true;
      }
      for (int j = i + 1; j < set.length && set.length > 2; j++) {
        if (found.contains(EntryTrial.key(set[i], set[j]))) {
          return true;
        }
      }
    }
    return false;
  }

  private List<Change<EntryPlace>> of(int[] set) {
    return IntStream.of(set).mapToObj(candidates::get).toList();
  }
}
