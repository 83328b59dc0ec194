package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A VM-entry with candidates changed: which check fails first then. Each set of candidates is decided once. */
final class EntryTrial {
  /** What fails first when none does. */
  static final int NONE = -1;

  /** Bits of a candidate's index in the key of a set. */
  private static final int INDEX_BITS = 16;

  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryDecision decision = new VmEntryDecision();
  private final VmEntry entry;
  private final List<Change<EntryPlace>> candidates;
  private final Map<EntryCheck, Integer> order = new HashMap<>();
  private final Map<Long, Integer> known = new HashMap<>();

  /**
   * A trial of an entry.
   *
   * @param candidates the candidates, to which others may be added later
   * @param checks the checks in their order
   */
  EntryTrial(VmEntry entry, List<Change<EntryPlace>> candidates, List<EntryCheck> checks) {
    this.entry = entry;
    this.candidates = candidates;
    for (EntryCheck check : checks) {
      order.put(check, order.size());
    }
  }

  /** The same for any order of the set's candidates, which have to ascend. */
  static long key(int... set) {
    long key = 0;
    for (int candidate : set) {
      key = (key << INDEX_BITS) | (candidate + 1);
    }
    return key;
  }

  /** The set of a key. */
  static int[] set(long key) {
    int size = (Long.SIZE - Long.numberOfLeadingZeros(key) + INDEX_BITS - 1) / INDEX_BITS;
    int[] set = new int[size];
    long rest = key;
    for (int i = size - 1; i >= 0; i--) {
      set[i] = (int) (rest & ((1 << INDEX_BITS) - 1)) - 1;
      rest >>>= INDEX_BITS;
    }
    return set;
  }

  /** How many sets were decided. */
  int tried() {
    return known.size();
  }

  /** Whether a set was decided already. */
  boolean isKnown(int[] set) {
    return known.containsKey(key(set));
  }

  /** The place of the first check that fails with the set's changes made, or {@link #NONE}. */
  int first(int[] set) {
    long key = key(set);
    Integer first = known.get(key);
    if (first == null) {
      make(set);
      first = decide();
      takeBack(set);
      known.put(key, first);
    }
    return first;
  }

  /** The first place above {@code first} and below {@code end} of a check that fails now, or {@link #NONE}. */
  int failsAfter(int first, int end) {
    for (EntryCheck check : decision().violations()) {
      int place = order.getOrDefault(check, NONE);
      if (place > first && place < end) {
        return place;
      }
    }
    return NONE;
  }

  /** Whether the check of that place fails now. */
  boolean fails(int place) {
    return decision().violations().stream().anyMatch(check -> order.getOrDefault(check, NONE) == place);
  }

  /** The decision, with the changes that are made. */
  VmEntryDecision decision() {
    engine.decide(entry, decision);
    return decision;
  }

  private int decide() {
    EntryCheck first = decision().firstViolation();
    return first == null ? NONE : order.getOrDefault(first, NONE);
  }

  /** Makes the changes. */
  void make(int[] set) {
    for (int candidate : set) {
      set(candidates.get(candidate), candidates.get(candidate).to());
    }
  }

  /** Takes them back. */
  void takeBack(int[] set) {
    for (int candidate : set) {
      set(candidates.get(candidate), candidates.get(candidate).from());
    }
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

  /** The change of {@code mask} of a fact to {@code value}, as the entry is now. */
  Change<EntryPlace> change(EntryFact fact, long mask, long value) {
    return switch (fact) {
      case VmcsField field ->
        new Change<>(new EntryPlace.Field(field), mask, entry.value(field) & mask, value);
      case Capability capability ->
        new Change<>(new EntryPlace.Word(capability), mask, entry.value(capability) & mask, value);
      case Circumstance circumstance -> new Change<>(
          new EntryPlace.Condition(circumstance), mask, entry.holds(circumstance) ? 1 : 0, value);
    };
  }

  /** What a change changes. */
  static EntryFact fact(Change<EntryPlace> change) {
    return switch (change.place()) {
      case EntryPlace.Field(VmcsField field) -> field;
      case EntryPlace.Word(Capability capability) -> capability;
      case EntryPlace.Condition(Circumstance circumstance) -> circumstance;
    };
  }
}
