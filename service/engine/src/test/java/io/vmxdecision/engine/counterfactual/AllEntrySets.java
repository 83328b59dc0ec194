package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tries sets of candidates of a VM-entry one after the other, without a thought. */
final class AllEntrySets {
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryDecision decision = new VmEntryDecision();
  private final VmEntry entry;
  private final Set<EntryOutcome> goals;
  private final @Nullable EntryCheck base;
  private final List<Change<EntryPlace>> all;
  private final boolean[][] exclude;
  private final Set<Set<Change<EntryPlace>>> minimal = new HashSet<>();
  private final int[] made = new int[3];
  private final boolean[] alone;
  private final boolean[][] pairs;

  /** Tries all sets of at most {@code largest} candidates; {@code entry} is one of its own. */
  AllEntrySets(VmEntry entry, Set<EntryOutcome> goals, List<Change<EntryPlace>> all, int largest) {
    this.entry = entry;
    this.goals = goals;
    this.all = all;
    alone = new boolean[all.size()];
    pairs = new boolean[all.size()][all.size()];
    exclude = new boolean[all.size()][all.size()];
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < all.size(); j++) {
        exclude[i][j] = all.get(i).excludes(all.get(j));
      }
    }
    base = first();
    for (int size = 1; size <= largest; size++) {
      extend(0, size, 0);
    }
  }

  /** The sets that flip the entry, while no part of them does. */
  Set<Set<Change<EntryPlace>>> minimal() {
    return minimal;
  }

  private void extend(int depth, int size, int from) {
    if (depth == size) {
      if (!hasFlippingPart(size) && flips()) {
        note(size);
      }
      return;
    }
    for (int next = from; next < all.size(); next++) {
      boolean free = true;
      for (int i = 0; i < depth; i++) {
        free &= !exclude[made[i]][next];
      }
      if (free) {
        made[depth] = next;
        make(entry, all.get(next), all.get(next).to());
        extend(depth + 1, size, next + 1);
        make(entry, all.get(next), all.get(next).from());
      }
    }
  }

  private boolean hasFlippingPart(int size) {
    for (int i = 0; i < size && size > 1; i++) {
      if (alone[made[i]] || (size > 2 && pairs[made[i]][made[(i + 1) % size]])) {
        return true;
      }
    }
    return false;
  }

  private void note(int size) {
    Set<Change<EntryPlace>> set = new HashSet<>();
    for (int i = 0; i < size; i++) {
      set.add(all.get(made[i]));
    }
    minimal.add(set);
    if (size == 1) {
      alone[made[0]] = true;
    } else if (size == 2) {
      pairs[made[0]][made[1]] = true;
      pairs[made[1]][made[0]] = true;
    }
  }

  private @Nullable EntryCheck first() {
    engine.decide(entry, decision);
    return decision.firstViolation();
  }

  /** What L1 gets is another, and wanted. */
  private boolean flips() {
    EntryCheck first = first();
    boolean same =
        first == base || (first != null && base != null && first.failure().endsLike(base.failure()));
    return !same && goals.contains(decision.outcome());
  }

  /** Writes a change as a client would: into the page, if there is one. */
  static void make(VmEntry entry, Change<EntryPlace> change, long value) {
    switch (change.place()) {
      case EntryPlace.Field(VmcsField field) -> {
        EvmcsField there = field.evmcsField();
        if (entry.evmcs().isGiven() && there != null) {
          entry.evmcs().value(there, (entry.evmcs().value(there) & ~change.mask()) | value);
        } else {
          entry.field(field, (entry.value(field) & ~change.mask()) | value);
        }
      }
      case EntryPlace.Word(Capability capability) ->
        entry.capability(capability, (entry.value(capability) & ~change.mask()) | value);
      case EntryPlace.Condition(Circumstance circumstance) -> entry.circumstance(circumstance, value != 0);
    }
  }
}
