package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The minimal sets of changes that give a VM-entry another outcome.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>A change is a candidate when the check that fails first reads it, of the entry as it is or with one or
 *       two candidates changed, and when it is one of at most three in all with which that check holds. What changes
 *       there are is at {@link EntryVocabulary}. Where no check fails, there is none.
 *   <li>A set of at most three candidates is found when the outcome with its changes made is another, and one
 *       of those that were asked for, and this is so of no proper subset. All of them are found, unless a
 *       limit ends the search, which is told.
 *   <li>Smaller sets come first, then the order of the candidates.
 *   <li>The entry is as it was afterwards; meanwhile it changes, and so do the bytes of its eVMCS.
 * </ol>
 */
public final class EntryCounterfactuals {
  /** A check by itself takes a fraction of the time of an entry. */
  private static final int CHECKS_PER_TRY = 4;

  /** Is told of what was found. */
  @FunctionalInterface
  public interface Finding {
    /**
     * A set.
     *
     * @param changes its changes
     * @param decision the decision with them, to be read only now
     */
    void found(List<Change<EntryPlace>> changes, VmEntryDecision decision);
  }

  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryDecision decision = new VmEntryDecision();
  private final VmEntry entry;
  private final Set<EntryOutcome> goals;
  private final Limits limits;
  private final EntryOutcome base;
  private final List<Change<EntryPlace>> candidates = new ArrayList<>();
  private final Set<Change<EntryPlace>> known = new HashSet<>();
  private final List<Change<EntryPlace>> pending = new ArrayList<>();
  private final Map<EntryCheck, List<Change<EntryPlace>>> vocabulary = new HashMap<>();
  private final List<Change<EntryPlace>> made = new ArrayList<>();
  private final Set<Set<Change<EntryPlace>>> noted = new HashSet<>();
  private boolean cut;

  private EntryCounterfactuals(VmEntry entry, Set<EntryOutcome> goals, Limits limits) {
    this.entry = entry;
    this.goals = goals;
    this.limits = limits;
    engine.decide(entry, decision);
    base = decision.outcome();
  }

  /**
   * Searches, and tells {@code finding} of each set.
   *
   * @param goals the outcomes of which one is wanted
   */
  public static Search search(
      VmEntry entry, Set<EntryOutcome> goals, Limits limits, Finding finding) {
    EntryCounterfactuals search = new EntryCounterfactuals(entry, goals, limits);
    search.collect();
    MinimalSets sets = MinimalSets.search(search.new Whole(finding), MinimalSets.LARGEST, limits);
    search.engine.decide(entry, search.decision); // so that it is known as it was
    return new Search(search.candidates.size(), sets.tried(), !sets.isStopped() && !search.cut);
  }

  /** The candidates of a search that no limit of sets ends. */
  static List<Change<EntryPlace>> candidates(VmEntry entry, Set<EntryOutcome> goals, Limits limits) {
    EntryCounterfactuals search = new EntryCounterfactuals(entry, goals, limits);
    search.collect();
    return search.candidates;
  }

  /** Finds all candidates, before the sets: one that comes late may change the outcome alone. */
  private void collect() {
    note();
    Limits unbounded = new Limits(limits.candidates(), limits.tries(), Integer.MAX_VALUE);
    while (grow()) {
      MinimalSets pairs = MinimalSets.search(new Whole(null), MinimalSets.LARGEST - 1, unbounded);
      cut |= pairs.isStopped();
    }
  }

  /** Notes the changes that make the check hold that fails first now, with the changes that are made. */
  private void note() {
    EntryCheck first = decision.firstViolation();
    if (first == null || !noted.add(Set.copyOf(made))) {
      return;
    }
    List<Change<EntryPlace>> words = vocabulary.get(first);
    if (words == null) {
      words = ofBase(first);
      vocabulary.put(first, words);
    }
    List<Change<EntryPlace>> free =
        words.stream().filter(change -> made.stream().noneMatch(change::excludes)).toList();
    MinimalSets one =
        MinimalSets.search(
            new OneCheck(first, free),
            MinimalSets.LARGEST - made.size(),
            new Limits(limits.candidates(), limits.tries() * CHECKS_PER_TRY, Integer.MAX_VALUE));
    cut |= one.isStopped();
  }

  /** The vocabulary speaks of the entry as it is: takes the changes back meanwhile. */
  private List<Change<EntryPlace>> ofBase(EntryCheck check) {
    made.forEach(this::revert);
    List<Change<EntryPlace>> words = EntryVocabulary.of(check, entry);
    made.forEach(this::apply);
    return words;
  }

  /** Takes over what was noted; whether there was anything. */
  private boolean grow() {
    int before = candidates.size();
    for (Change<EntryPlace> change : pending) {
      if (candidates.size() < limits.candidates()) {
        candidates.add(change);
      } else {
        cut = true;
      }
    }
    pending.clear();
    return candidates.size() != before;
  }

  private void apply(Change<EntryPlace> change) {
    set(change, change.to());
  }

  private void revert(Change<EntryPlace> change) {
    set(change, change.from());
  }

  private void set(Change<EntryPlace> change, long value) {
    switch (change.place()) {
      case EntryPlace.Field(VmcsField field) ->
        entry.change(field, (entry.value(field) & ~change.mask()) | value);
      case EntryPlace.Word(Capability capability) ->
        entry.capability(capability, (entry.value(capability) & ~change.mask()) | value);
      case EntryPlace.Condition(Circumstance circumstance) -> entry.circumstance(circumstance, value != 0);
    }
  }

  /** The entry: does it end otherwise? Without a finding, for the candidates' sake. */
  private final class Whole implements MinimalSets.Subject {
    private final @Nullable Finding finding;

    Whole(@Nullable Finding finding) {
      this.finding = finding;
    }

    @Override
    public int candidates() {
      return candidates.size();
    }

    @Override
    public boolean exclude(int one, int other) {
      return candidates.get(one).excludes(candidates.get(other));
    }

    @Override
    public void apply(int candidate) {
      Change<EntryPlace> change = candidates.get(candidate);
      made.add(change);
      EntryCounterfactuals.this.apply(change);
    }

    @Override
    public void revert(int candidate) {
      made.removeLast();
      EntryCounterfactuals.this.revert(candidates.get(candidate));
    }

    @Override
    public boolean flips() {
      engine.decide(entry, decision);
      if (decision.outcome() != base && goals.contains(decision.outcome())) {
        return true;
      }
      if (finding == null) {
        note();
      }
      return false;
    }

    @Override
    public void found(int[] set) {
      if (finding != null) {
        finding.found(IntStream.of(set).mapToObj(candidates::get).toList(), decision);
      }
    }

    @Override
    public void grow() {
      // between two searches
    }
  }

  /** One check: does it hold? */
  private final class OneCheck implements MinimalSets.Subject {
    private final EntryCheck check;
    private final List<Change<EntryPlace>> words;

    OneCheck(EntryCheck check, List<Change<EntryPlace>> words) {
      this.check = check;
      this.words = words;
    }

    @Override
    public int candidates() {
      return words.size();
    }

    @Override
    public boolean exclude(int one, int other) {
      return words.get(one).excludes(words.get(other));
    }

    @Override
    public void apply(int candidate) {
      EntryCounterfactuals.this.apply(words.get(candidate));
    }

    @Override
    public void revert(int candidate) {
      EntryCounterfactuals.this.revert(words.get(candidate));
    }

    @Override
    public boolean flips() {
      return !entry.violates(check);
    }

    @Override
    public void found(int[] set) {
      for (int candidate : set) {
        if (known.add(words.get(candidate))) {
          pending.add(words.get(candidate));
        }
      }
    }

    @Override
    public void grow() {
      // a check reads what it reads
    }
  }
}
