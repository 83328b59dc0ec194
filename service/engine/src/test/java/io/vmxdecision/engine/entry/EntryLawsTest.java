package io.vmxdecision.engine.entry;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

@PropertyDefaults(edgeCases = EdgeCasesMode.NONE)
class EntryLawsTest {
  private static final List<RecordedEntry> RECORDED = RecordedEntry.all();
  private static final VmcsField[] FIELDS = VmcsField.values();
  private static final int FIELDS_END = 0x400;

  /** A recorded entry with up to three fields changed. */
  private static VmEntry anyEntry(Random random) {
    VmEntry entry = RECORDED.get(random.nextInt(RECORDED.size())).entry();
    for (int i = random.nextInt(4); i > 0; i--) {
      VmcsField field = FIELDS[random.nextInt(FIELDS.length)];
      flip(entry, field, fewBits(random));
    }
    return entry;
  }

  /** A recorded entry with an ordinary VMCS, with up to three fields changed. */
  private static VmEntry anyOrdinaryEntry(Random random) {
    while (true) {
      VmEntry entry = anyEntry(random);
      if (!entry.evmcs().isGiven()) {
        return entry;
      }
    }
  }

  /** An entry on a bare CPU with up to six fields changed. */
  private static VmEntry anyBareEntry(Random random) {
    VmEntry entry = EntryScenario.bareCpu();
    for (int i = random.nextInt(7); i > 0; i--) {
      VmcsField field = FIELDS[random.nextInt(FIELDS.length)];
      flip(entry, field, fewBits(random));
    }
    return entry;
  }

  /** An eighth of the bits. */
  static long fewBits(Random random) {
    long bits = random.nextLong();
    bits &= random.nextLong();
    bits &= random.nextLong();
    return bits;
  }

  static void flip(VmEntry entry, VmcsField field, long bits) {
    EvmcsField there = field.evmcsField();
    if (!entry.evmcs().isGiven()) {
      entry.field(field, entry.facts().value(field) ^ bits);
    } else if (there != null) {
      entry.evmcs().value(there, entry.evmcs().value(there) ^ bits);
    }
  }

  private static boolean reads(EntryCheck check, VmcsField field, VmEntry entry) {
    return check.reads().contains(field)
        || (check.stage() == EntryStage.CPU
            && !entry.isBareCpu()
            && VmEntryEngine.WHETHER_THE_CPU_ENTERS.contains(field));
  }

  private static Set<EntryCheck> violated(VmEntryDecision decision) {
    return new HashSet<>(decision.violations());
  }

  @Property
  void aBitThatACheckDoesNotReadDoesNotChangeWhatItSays(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = random.nextBoolean() ? anyEntry(random) : anyBareEntry(random);
    Set<EntryCheck> before = violated(EntryScenario.decide(entry));
    VmcsField field = FIELDS[1 + random.nextInt(FIELDS.length - 1)]; // not the revision, which stops all
    flip(entry, field, 1L << random.nextInt(Long.SIZE));
    Set<EntryCheck> after = violated(EntryScenario.decide(entry));
    for (EntryCheck check : EntryChecks.all()) {
      if (!reads(check, field, entry)) {
        assertThat(after.contains(check)).as("%s, %s flipped", check, field)
            .isEqualTo(before.contains(check));
      }
    }
    Statistics.collect(!before.isEmpty());
  }

  @Property
  void aBitOfThePageThatNoViolatedCheckReadsLeavesThemViolated(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = anyEntry(random);
    if (!entry.evmcs().isGiven()) {
      return;
    }
    byte[] page = entry.evmcs().copy();
    entry.evmcs().wrap(page, 0);
    Set<EntryCheck> before = violated(EntryScenario.decide(entry));
    int offset = random.nextInt(random.nextInt(4) == 0 ? PageView.PAGE_BYTES : FIELDS_END);
    page[offset] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    Set<EntryCheck> after = violated(EntryScenario.decide(entry));
    VmcsField field = fieldAt(offset);
    if (field == null || !field.takenFromEvmcs()) {
      assertThat(after).isEqualTo(before);
    } else if (field != VmcsField.REVISION_ID
        && before.stream().noneMatch(check -> reads(check, field, entry))) {
      assertThat(after).containsAll(before);
      after.removeAll(before);
      assertThat(after).allMatch(check -> reads(check, field, entry));
    }
  }

  private static @Nullable VmcsField fieldAt(int offset) {
    for (VmcsField field : FIELDS) {
      EvmcsField there = field.evmcsField();
      if (there != null && offset >= there.offset() && offset < there.offset() + there.bytes()) {
        return field;
      }
    }
    return null;
  }

  @Property
  void anEntryInWhichAllThatWasWrongIsMadeRightEnters(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = EntryScenario.enlightened();
    VmEntry sound = EntryScenario.enlightened();
    for (int i = random.nextInt(30); i > 0; i--) {
      flip(entry, FIELDS[random.nextInt(FIELDS.length)], fewBits(random));
    }
    VmEntryDecision decision = EntryScenario.decide(entry);
    int repairs = 0;
    while (decision.outcome() != EntryOutcome.ENTERS) {
      assertThat(decision.violations()).isNotEmpty();
      assertThat(repairs++).as("each round makes a field right").isLessThan(FIELDS.length);
      for (EntryCheck check : decision.violations()) {
        for (EntryFact fact : check.reads()) {
          if (fact instanceof VmcsField field && field.evmcsField() != null) {
            EvmcsField there = requireNonNull(field.evmcsField());
            entry.evmcs().value(there, sound.evmcs().value(there));
          }
        }
      }
      decision = EntryScenario.decide(entry);
    }
    assertThat(decision.violations()).isEmpty();
    assertThat(decision.undecided()).isEmpty();
  }

  @Property
  void theOrderIsTotalAndTheFirstViolationDecides(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = random.nextBoolean() ? anyEntry(random) : anyBareEntry(random);
    VmEntryDecision decision = EntryScenario.decide(entry);
    List<EntryCheck> made = decision.made();
    List<EntryCheck> violations = decision.violations();
    assertThat(made).doesNotHaveDuplicates();
    assertThat(made).containsAll(violations);
    List<EntryCheck> outsideMsrLoad =
        violations.stream().filter(check -> check.stage() != EntryStage.MSR_LOAD).toList();
    assertThat(outsideMsrLoad).isSortedAccordingTo((a, b) -> made.indexOf(a) - made.indexOf(b));
    if (violations.isEmpty()) {
      assertThat(decision.outcome()).isEqualTo(EntryOutcome.ENTERS);
      assertThat(decision.firstViolation()).isNull();
    } else {
      assertThat(decision.firstViolation()).isSameAs(violations.get(0));
      assertThat(decision.outcome()).isEqualTo(violations.get(0).failure().outcome());
    }
    assertThat(EntryScenario.decide(entry).violations()).isEqualTo(violations);
  }

  @Property
  void theEvidenceOfAViolationNamesAFieldWithItsValue(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = random.nextBoolean() ? anyEntry(random) : anyBareEntry(random);
    for (EntryCheck check : EntryScenario.decide(entry).violations()) {
      String evidence = entry.evidence(check);
      if (!check.fields().isEmpty()) {
        assertThat(check.fields())
            .as(evidence)
            .anyMatch(
                field -> evidence.contains(
                    field.linuxName()
                        + " 0x"
                        + Long.toHexString(entry.readFacts().value(field))));
      }
    }
  }

  @Property
  void whatIsDecidedWithoutAFieldStaysSoWhateverItsValueIs(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = random.nextBoolean() ? anyBareEntry(random) : anyOrdinaryEntry(random);
    List<VmcsField> forgotten = new ArrayList<>();
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      forgotten.add(FIELDS[random.nextInt(FIELDS.length)]);
    }
    VmEntryDecision known = EntryScenario.decide(entry);
    forgotten.forEach(entry::forget);
    VmEntryDecision unknown = EntryScenario.decide(entry);
    for (EntryCheck check : unknown.made()) {
      if (!unknown.isUndecided(check) && !known.isUndecided(check)) {
        assertThat(unknown.isViolated(check))
            .as("%s without %s", check, forgotten)
            .isEqualTo(known.isViolated(check));
      }
    }
    for (EntryCheck check : unknown.undecided()) {
      assertThat(entry.unknown(check)).as(check.id()).isNotEmpty();
    }
    Statistics.collect(!unknown.undecided().isEmpty());
  }

  @Property
  void whatIsDecidedWithoutACapabilityStaysSoWhateverItsValueIs(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = anyBareEntry(random);
    VmEntry without = EntryScenario.ordinary(EntryProfile.SDM);
    for (VmcsField field : FIELDS) {
      without.field(field, entry.facts().value(field));
    }
    VmEntryDecision known = EntryScenario.decide(entry);
    VmEntryDecision unknown = EntryScenario.decide(without);
    assertThat(unknown.made()).isEqualTo(known.made());
    for (EntryCheck check : unknown.made()) {
      if (!unknown.isUndecided(check) && !known.isUndecided(check)) {
        assertThat(unknown.isViolated(check)).as(check.id()).isEqualTo(known.isViolated(check));
      }
    }
  }
}
