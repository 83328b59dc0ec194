package io.vmxdecision.engine.counterfactual;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.RecordedEntry;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryCounterfactualsTest {
  private static final Set<EntryOutcome> ANY = EnumSet.allOf(EntryOutcome.class);
  private static final Set<EntryOutcome> ENTERS = EnumSet.of(EntryOutcome.ENTERS);
  private static final Limits SERVICE = new Limits(200, 100_000, 100);
  private static final Limits LARGE = new Limits(1000, 3_000_000, 100_000);

  /** So few that each set of three of them can be tried of every entry. */
  private static final Limits FEW = new Limits(40, 3_000_000, 100_000);

  private static final Map<String, List<RecordedEntry>> RECORDED = new HashMap<>();

  private final List<List<Change<EntryPlace>>> found = new ArrayList<>();
  private final List<String> endings = new ArrayList<>();
  private List<Change<EntryPlace>> candidates = List.of();

  private Search search(VmEntry entry, Set<EntryOutcome> goals, Limits limits) {
    found.clear();
    endings.clear();
    EntrySearch search = new EntrySearch(entry, goals, limits);
    Search ran =
        search.run(
            (changes, decision) -> {
              found.add(changes);
              endings.add(ending(decision));
            });
    candidates = search.candidates();
    return ran;
  }

  private static String ending(VmEntryDecision decision) {
    return decision.outcome()
        + " " + decision.instructionError() + " " + Integer.toHexString(decision.exitReason());
  }

  private static String ending(VmEntry entry) {
    VmEntryDecision decision = new VmEntryDecision();
    new VmEntryEngine().decide(entry, decision);
    return ending(decision);
  }

  private List<String> texts(VmEntry entry, Set<EntryOutcome> goals) {
    search(entry, goals, LARGE);
    return found.stream().map(set -> set.stream().map(Change::text).toList().toString()).toList();
  }

  private static List<RecordedEntry> recorded(String vectors) {
    return RECORDED.computeIfAbsent(vectors, RecordedEntry::all);
  }

  private static VmEntry sound() {
    return recorded("entry-sdm").get(0).entry();
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

  /** Error 8 becomes exit reason 33 by fewer changes than let L2 run. */
  @Test
  void anotherFailureIsAnotherEndingToo() {
    VmEntry entry = sound();
    entry.evmcs().value(EvmcsField.GUEST_RFLAGS, 0);
    entry.evmcs().value(EvmcsField.HOST_CR4, 0x20);
    entry.evmcs()
        .value(EvmcsField.PIN_BASED_VM_EXEC_CONTROL,
            entry.evmcs().value(EvmcsField.PIN_BASED_VM_EXEC_CONTROL) & ~2);
    assertThat(texts(entry, ANY))
        .containsExactly(
            "[pin_based_vm_exec_control bit 1: 0 → 1]", "[vmxTruePinbasedCtls bit 1: 1 → 0]");
    assertThat(endings).containsOnly("VM_FAIL_VALID 8 0");
    assertThat(texts(entry, Set.of(EntryOutcome.FAILED_ENTRY))).hasSize(4)
        .contains("[pin_based_vm_exec_control bit 1: 0 → 1, host_cr4 bit 13 (VMXE (VMX enable)): 0 → 1]");
    assertThat(endings).containsOnly("FAILED_ENTRY 0 80000021");
    assertThat(texts(entry, ENTERS)).hasSize(4)
        .contains(
            "[pin_based_vm_exec_control bit 1: 0 → 1, host_cr4 bit 13 (VMXE (VMX enable)): 0 → 1, guest_rflags"
                + " bit 1: 0 → 1]");
  }

  /** A value is that which the check compares with, not one bit after the other. */
  @Test
  void aNumberBecomesWhatTheCheckComparesItWith() {
    VmEntry entry = sound();
    entry.evmcs().value(EvmcsField.GUEST_ACTIVITY_STATE, 2);
    entry.evmcs().value(EvmcsField.GUEST_TR_LIMIT, 0x1234_5678);
    assertThat(texts(entry, ENTERS))
        .startsWith("[guest_activity_state: 2 → 1]") // L0 parks the vCPU: the CPU looks at nothing
        .contains("[guest_activity_state: 2 → 0, guest_tr_limit bits 31:20: 0x123 → 0]")
        .allMatch(text -> text.contains("guest_activity_state"));
  }

  @Test
  void anEntryThatSucceedsFailsByWhatTheChecksCompare() {
    List<String> all = texts(sound(), ANY);
    assertThat(all.getFirst()).isEqualTo("[revision_id: 1 → 0]");
    assertThat(all)
        .contains(
            "[entry.movSsBlocking: 0 → 1]",
            "[pin_based_vm_exec_control bit 1: 1 → 0]",
            "[host_cr4 bit 13 (VMXE (VMX enable)): 1 → 0]",
            "[guest_rflags bit 1: 1 → 0]",
            "[guest_activity_state: 0 → 2]");
    assertThat(endings).contains(
        "VM_FAIL_INVALID 0 0",
        "VM_FAIL_VALID 26 0",
        "VM_FAIL_VALID 7 0",
        "VM_FAIL_VALID 8 0",
        "FAILED_ENTRY 0 80000021");
    assertThat(texts(sound(), Set.of(EntryOutcome.VM_FAIL_INVALID))).containsExactly("[revision_id: 1 → 0]");
    assertThat(texts(sound(), ENTERS)).isEmpty();
  }

  /** Success leads to the failure that is asked for; and it is said that there is more than fits. */
  @ParameterizedTest
  @ValueSource(strings = {"entry", "entry-vmcs"})
  void theLimitsOfTheServiceAreTold(String vectors) {
    int succeed = 0;
    for (RecordedEntry one : recorded(vectors)) {
      boolean succeeds = ending(one.entry()).startsWith("ENTERS");
      Search search = search(one.entry(), ANY, SERVICE);
      assertThat(search.complete()).as(one.id()).isNotEqualTo(succeeds);
      assertThat(search.tried()).isLessThanOrEqualTo(SERVICE.tries());
      assertThat(search.candidates()).isLessThanOrEqualTo(SERVICE.candidates());
      assertThat(found).hasSizeLessThanOrEqualTo(SERVICE.sets());
      assertThatEachIsMinimal(one, ANY);
      if (succeeds) {
        assertThat(found).as(one.id()).hasSize(SERVICE.sets());
        succeed++;
      }
    }
    assertThat(succeed).isPositive();
  }

  /** Of every recorded case, with every set of at most three candidates tried. */
  @ParameterizedTest
  @CsvSource({"entry, ANY, 40", "entry, ENTERS, 40", "entry, FAILED_ENTRY, 18", "entry-vmcs, ANY, 40",
    "entry-vmcs, ENTERS, 40", "entry-vmcs, VM_FAIL_VALID, 18", "entry-sdm, ANY, 40", "entry-sdm, ENTERS, 40",
    "entry-sdm, VM_FAIL_VALID, 18"})
  void ofEachRecordedEntryExactlyTheMinimalSetsAreFound(String vectors, String goal, int candidatesAtMost) {
    Set<EntryOutcome> goals = goal.equals("ANY") ? ANY : EnumSet.of(EntryOutcome.valueOf(goal));
    Limits few = new Limits(candidatesAtMost, 3_000_000, 100_000);
    int sets = 0;
    for (RecordedEntry one : recorded(vectors)) {
      Search search = search(one.entry(), goals, few);
      boolean fails = !ending(one.entry()).startsWith("ENTERS");
      if (fails && goals.contains(EntryOutcome.ENTERS)) {
        assertThat(search.complete()).as(one.id()).isTrue();
      }
      assertThatTheMinimalSetsWereFound(one.id() + " " + goal, one.entry(), goals, 3);
      assertThatEachIsMinimal(one, goals);
      sets += found.size();
    }
    assertThat(sets).isPositive();
  }

  /** With all candidates that there are: each pair of them. */
  @Test
  void ofAnEntryThatSucceedsExactlyTheMinimalPairsAreFound() {
    Search search = search(sound(), Set.of(EntryOutcome.FAILED_ENTRY), LARGE);
    assertThat(search.candidates()).isGreaterThan(200).isLessThan(LARGE.candidates());
    found.removeIf(set -> set.size() > 2);
    assertThatTheMinimalSetsWereFound("all", sound(), Set.of(EntryOutcome.FAILED_ENTRY), 2);
  }

  @Test
  void ofAnEntryWithUpToThreeWrongFieldsTheMinimalSetsAreFound() {
    Random random = new Random(17);
    VmcsField[] fields = VmcsField.values();
    for (int i = 0; i < 90; i++) {
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
      String before = ending(entry);
      Set<EntryOutcome> goals = i % 2 == 0 ? ANY : ENTERS;
      search(entry, goals, FEW);
      assertThat(ending(entry)).as("try %d: the entry is as it was", i).isEqualTo(before);
      assertThatTheMinimalSetsWereFound("try " + i, again, goals, 3);
    }
  }

  private void assertThatTheMinimalSetsWereFound(
      String name, VmEntry again, Set<EntryOutcome> goals, int largest) {
    ending(again); // takes over the page
    Set<Set<Change<EntryPlace>>> expected = new AllEntrySets(again, goals, candidates, largest).minimal();
    Set<Set<Change<EntryPlace>>> sets = new HashSet<>();
    for (List<Change<EntryPlace>> set : found) {
      assertThat(sets.add(Set.copyOf(set))).as("%s has %s once", name, set).isTrue();
    }
    assertThat(sets).as(name).isEqualTo(expected);
  }

  /** Written into an entry of its own, the changes give what was announced; no part of them a wanted ending. */
  private void assertThatEachIsMinimal(RecordedEntry one, Set<EntryOutcome> goals) {
    VmEntry entry = one.entry();
    String base = ending(entry);
    for (int i = 0; i < found.size(); i++) {
      List<Change<EntryPlace>> set = found.get(i);
      int all = (1 << set.size()) - 1;
      for (int part = 1; part <= all; part++) {
        write(entry, set, part, true);
        String with = ending(entry);
        write(entry, set, part, false);
        boolean flips = !with.equals(base)
            && goals.contains(EntryOutcome.valueOf(with.substring(0, with.indexOf(' '))));
        if (flips != (part == all) || (flips && !with.equals(endings.get(i)))) {
          throw new AssertionError(one.id() + " " + set + " part " + part + ": " + with);
        }
      }
    }
  }

  private static void write(VmEntry entry, List<Change<EntryPlace>> set, int part, boolean made) {
    for (int i = 0; i < set.size(); i++) {
      if (((part >>> i) & 1) != 0) {
        AllEntrySets.make(entry, set.get(i), made ? set.get(i).to() : set.get(i).from());
      }
    }
  }
}
