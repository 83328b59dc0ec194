package io.vmxdecision.engine.counterfactual;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.RecordedEntry;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryCounterfactualsTest {
  private static final Set<EntryOutcome> ANY = EnumSet.allOf(EntryOutcome.class);
  private static final Set<EntryOutcome> ENTERS = EnumSet.of(EntryOutcome.ENTERS);
  private static final Limits LIMITS = new Limits(300, 3_000_000, 100_000);
  private static final VmEntryEngine ENGINE = new VmEntryEngine();

  private final List<List<Change<EntryPlace>>> found = new ArrayList<>();
  private final List<EntryOutcome> outcomes = new ArrayList<>();

  private Search search(VmEntry entry, Set<EntryOutcome> goals) {
    found.clear();
    outcomes.clear();
    return EntryCounterfactuals.search(
        entry,
        goals,
        LIMITS,
        (changes, decision) -> {
          found.add(changes);
          outcomes.add(decision.outcome());
        });
  }

  private List<String> texts(VmEntry entry, Set<EntryOutcome> goals) {
    search(entry, goals);
    return found.stream().map(set -> set.stream().map(Change::text).toList().toString()).toList();
  }

  private static VmEntry sound() {
    return RecordedEntry.all("entry-sdm").get(0).entry();
  }

  @Test
  void anEntryThatSucceedsHasNone() {
    assertThat(texts(sound(), ANY)).isEmpty();
  }

  @Test
  void aBitThatKeepsItFromEnteringIsTheFirstSet() {
    VmEntry entry = sound();
    entry.evmcs().value(EvmcsField.GUEST_RFLAGS, 0);
    assertThat(texts(entry, ENTERS)).containsExactly("[guest_rflags bit 1: 0 → 1]");
    entry.evmcs().value(EvmcsField.HOST_CR4, 0x20);
    assertThat(texts(entry, ENTERS))
        .containsExactly(
            "[host_cr4 bit 13 (VMXE (VMX enable)): 0 → 1, guest_rflags bit 1: 0 → 1]",
            "[vmxCr4Fixed0 bit 13 (VMXE (VMX enable)): 1 → 0, guest_rflags bit 1: 0 → 1]");
  }

  /** Written anew into an entry of its own, the changes give the outcome; no part of them does. */
  @ParameterizedTest
  @CsvSource({"entry, 23", "entry-vmcs, 23", "entry-sdm, 5"})
  void ofARecordedEntryTheMinimalSetsAreFound(String vectors, int each) {
    List<RecordedEntry> entries = RecordedEntry.all(vectors);
    int sets = 0;
    for (int i = 0; i < entries.size(); i += each) {
      RecordedEntry one = entries.get(i);
      Set<EntryOutcome> goals = i / each % 2 == 0 ? ANY : ENTERS;
      assertThatTheMinimalSetsAreFound(one.id(), one.entry(), one.entry(), goals);
      sets += found.size();
    }
    assertThat(sets).isPositive();
  }

  @Test
  void ofAnEntryWithUpToThreeWrongFieldsTheMinimalSetsAreFound() {
    Random random = new Random(17);
    VmcsField[] fields = VmcsField.values();
    for (int i = 0; i < 24; i++) {
      VmEntry entry = sound();
      VmEntry again = sound();
      for (int wrong = 0; wrong <= i % 3; wrong++) {
        EvmcsField field = null;
        while (field == null) {
          field = fields[random.nextInt(fields.length)].evmcsField();
        }
        long bit = Long.highestOneBit(field.mask()) >>> random.nextInt(field.bytes() * Byte.SIZE);
        entry.evmcs().value(field, entry.evmcs().value(field) ^ bit);
        again.evmcs().value(field, again.evmcs().value(field) ^ bit);
      }
      assertThatTheMinimalSetsAreFound("try " + i, entry, again, i % 2 == 0 ? ANY : ENTERS);
    }
  }

  private void assertThatTheMinimalSetsAreFound(
      String name, VmEntry entry, VmEntry again, Set<EntryOutcome> goals) {
    Search search = search(entry, goals);
    assertThat(search.complete()).as(name).isTrue();
    EntryOutcome base = outcome(again);
    assertThat(outcome(entry)).as(name + ": the entry is as it was").isEqualTo(base);
    List<Set<Change<EntryPlace>>> expected = minimal(again, base, goals);
    assertThat(found.stream().map(HashSet::new)).as("%s %s", name, goals)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(expected.stream().map(HashSet::new).toList());
    for (int i = 0; i < found.size(); i++) {
      List<Change<EntryPlace>> set = found.get(i);
      set.forEach(change -> make(again, change, change.to()));
      assertThat(outcome(again)).as("%s %s", name, set).isEqualTo(outcomes.get(i)).isNotEqualTo(base);
      set.forEach(change -> make(again, change, change.from()));
    }
  }

  /** Tries every set of at most three candidates. */
  private List<Set<Change<EntryPlace>>> minimal(
      VmEntry entry, EntryOutcome base, Set<EntryOutcome> goals) {
    List<Change<EntryPlace>> all = EntryCounterfactuals.candidates(entry, goals, LIMITS);
    List<Set<Change<EntryPlace>>> flipping = new ArrayList<>();
    extend(entry, base, goals, all, new ArrayList<>(), 0, flipping);
    return flipping.stream()
        .filter(
            set -> flipping.stream().noneMatch(other -> other.size() < set.size() && set.containsAll(other)))
        .toList();
  }

  private static void extend(
      VmEntry entry,
      EntryOutcome base,
      Set<EntryOutcome> goals,
      List<Change<EntryPlace>> all,
      List<Change<EntryPlace>> made,
      int from,
      List<Set<Change<EntryPlace>>> flipping) {
    EntryOutcome now = outcome(entry);
    if (now != base && goals.contains(now)) {
      flipping.add(Set.copyOf(made));
    }
    for (int next = from; made.size() < 3 && next < all.size(); next++) {
      Change<EntryPlace> change = all.get(next);
      if (made.stream().noneMatch(change::excludes)) {
        make(entry, change, change.to());
        made.add(change);
        extend(entry, base, goals, all, made, next + 1, flipping);
        made.removeLast();
        make(entry, change, change.from());
      }
    }
  }

  private static void make(VmEntry entry, Change<EntryPlace> change, long value) {
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

  private static EntryOutcome outcome(VmEntry entry) {
    VmEntryDecision decision = new VmEntryDecision();
    ENGINE.decide(entry, decision);
    return decision.outcome();
  }
}
