package io.vmxdecision.engine.counterfactual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.scenario.FlushScenario;
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

class CounterfactualsTest {
  private static final Set<Verdict> ALL = EnumSet.allOf(Verdict.class);
  private static final Limits LIMITS = new Limits(1000, Integer.MAX_VALUE, Integer.MAX_VALUE);

  private record Found(List<Change<Place>> changes, Set<Verdict> flips) {
    @Override
    public String toString() {
      return changes.stream().map(Change::text).toList() + " " + flips;
    }
  }

  private final List<Found> found = new ArrayList<>();

  private Search search(
      Profile profile, Snapshot snapshot, VmExit exit, Set<Verdict> goals, Limits limits) {
    found.clear();
    return Counterfactuals.search(
        profile,
        snapshot,
        exit,
        goals,
        limits,
        (changes, flips, changed, of, decision) -> found.add(new Found(changes, flips)));
  }

  private List<String> texts(FlushScenario scenario, Set<Verdict> goals) {
    scenario.fill();
    search(Profile.DEFAULT, scenario.snapshot, scenario.exit, goals, LIMITS);
    return found.stream().map(Found::toString).toList();
  }

  @Test
  void aBitThatKeepsAFlushFromBeingEligibleIsTheFirstOfItsSets() {
    FlushScenario scenario = new FlushScenario();
    scenario.nestedFlushHypercall = false;
    assertThat(texts(scenario, ALL))
        .containsExactly(
            "[eVMCS 0x344 hv_enlightenments_control bit 0: 0 → 1] [HANDLED_BY, ELIGIBLE, OUTCOME]");
    scenario.cpuidDirectFlush = false;
    assertThat(texts(scenario, ALL))
        .containsExactly(
            "[eVMCS 0x344 hv_enlightenments_control bit 0: 0 → 1, CPUID 0x4000000A EAX bit 17: 0 → 1]"
                + " [HANDLED_BY, ELIGIBLE, OUTCOME]");
    assertThat(texts(scenario, Set.of(Verdict.SYNTHETIC_EXIT)))
        .containsExactly(
            "[eVMCS 0x344 hv_enlightenments_control bit 0: 0 → 1, CPUID 0x4000000A EAX bit 17: 0 → 1,"
                + " partition assist page 0x0 TlbLockCount: 0 → 1]"
                + " [HANDLED_BY, ELIGIBLE, SYNTHETIC_EXIT, OUTCOME]");
  }

  @Test
  void aPageThatIsMissingIsGivenByItsFields() {
    FlushScenario scenario = new FlushScenario();
    scenario.fill();
    scenario.snapshot.vpAssistPage().unwrap();
    search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, LIMITS);
    assertThat(found.stream().map(Found::toString))
        .containsExactly(
            "[VP assist page 0x28 enlighten_vmentry: 0 → 1, VP assist page 0x20 nested_control.features bit 0:"
                + " 0 → 1] [HANDLED_BY, ELIGIBLE, OUTCOME]");
  }

  @Test
  void aControlThatCountsOnlyIfActivatedGoesWithTheOneThatActivatesIt() {
    ExitScenario scenario = new ExitScenario(54); // WBINVD
    search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, LIMITS);
    assertThat(found.stream().map(Found::toString))
        .containsExactly(
            "[eVMCS 0x064 secondary_vm_exec_control bit 6 (WBINVD exiting): 0 → 1, eVMCS 0x314"
                + " cpu_based_vm_exec_control bit 31 (activate secondary controls): 0 → 1] [HANDLED_BY]");
  }

  @Test
  void aLimitEndsTheSearchAndIsTold() {
    FlushScenario scenario = new FlushScenario();
    scenario.fill();
    Search whole = search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, LIMITS);
    assertThat(whole.complete()).isTrue();
    List<Found> all = List.copyOf(found);
    for (Limits limits : List.of(
        new Limits(whole.candidates() - 1, 1_000_000, 1000),
        new Limits(1000, whole.tried() - 1, 1000),
        new Limits(1000, 1_000_000, all.size() - 1))) {
      Search cut = search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, limits);
      assertThat(cut.complete()).as(limits.toString()).isFalse();
      assertThat(cut.candidates()).isLessThanOrEqualTo(limits.candidates());
      assertThat(cut.tried()).isLessThanOrEqualTo(limits.tries());
      assertThat(found).hasSizeLessThanOrEqualTo(limits.sets());
      assertThat(all).containsAll(found);
    }
    Limits exactly = new Limits(whole.candidates(), whole.tried(), all.size());
    assertThat(search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, exactly).complete()).isTrue();
    assertThat(found).isEqualTo(all);
  }

  @Test
  void whatCannotBeDecidedHasNoCounterfactuals() {
    FlushScenario scenario = new FlushScenario();
    scenario.from = Level.L1;
    scenario.code = 0x8;
    scenario.fill();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search(Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL, LIMITS));
  }

  @ParameterizedTest
  @CsvSource({"l2-flush, 12", "ineligible, 4", "l1-flush, 4", "routing, 6"})
  void ofARecordedCaseExactlyTheMinimalSetsAreFound(String vectors, int each) {
    List<RecordedCase> cases = RecordedCase.all("/vectors/" + vectors + ".ndjson.gz");
    List<Profile> profiles = List.copyOf(Profile.all());
    for (int i = 0; i < cases.size(); i += each) {
      Snapshot snapshot = new Snapshot();
      VmExit exit = new VmExit();
      cases.get(i).fill(snapshot, exit);
      Set<Verdict> goals = i / each % 2 == 0 ? ALL : Set.of(List.copyOf(ALL).get(i / each / 2 % ALL.size()));
      Profile profile = i / each % 3 == 0 ? profiles.get(i / each / 3 % profiles.size()) : Profile.DEFAULT;
      assertThatExactlyTheMinimalSetsAreFound(cases.get(i).id(), profile, snapshot, exit, goals);
    }
  }

  @Test
  void ofARandomExitExactlyTheMinimalSetsAreFound() {
    Random random = new Random(17);
    for (int reason = 0; reason <= 80; reason++) {
      ExitScenario scenario = ExitScenario.random(reason, random);
      if (random.nextBoolean()) {
        // a page in which few bits are set
        for (EvmcsField field : EvmcsField.values()) {
          if (field != EvmcsField.REVISION_ID && random.nextInt(4) != 0) {
            scenario.evmcs.value(field, 0);
          }
        }
        scenario.exit.registers().general(random.nextInt(Registers.GENERAL), random.nextInt(64));
      }
      assertThatExactlyTheMinimalSetsAreFound(
          "reason " + reason, Profile.DEFAULT, scenario.snapshot, scenario.exit, ALL);
    }
  }

  private void assertThatExactlyTheMinimalSetsAreFound(
      String name, Profile profile, Snapshot snapshot, VmExit exit, Set<Verdict> goals) {
    Search search;
    try {
      search = search(profile, snapshot, exit, goals, LIMITS);
    } catch (IllegalArgumentException e) {
      return; // a VM that an older kernel cannot have
    }
    AllSets all = new AllSets(profile, snapshot, exit, goals);
    assertThat(search.complete()).as(name).isTrue();
    assertThat(all.candidates()).as(name).isGreaterThanOrEqualTo(search.candidates());
    assertThat(found.stream().map(one -> Set.copyOf(one.changes())))
        .as("%s by %s, %s", name, profile.id(), goals)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(new HashSet<>(all.minimal()));
    int size = 1;
    for (Found one : found) {
      assertThat(one.changes().size()).as(name).isBetween(size, 3);
      assertThat(one.flips()).as(name).containsAnyElementsOf(goals);
      size = one.changes().size();
    }
  }
}
