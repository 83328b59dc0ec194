package io.vmxdecision.engine.entry;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.LittleEndian;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of checks: complete, and each row seen both ways. */
class EntryChecksTest {
  /** A check, and what makes it, and no other, not hold in a sound entry. */
  record Breach(String check, String changes) {}

  /** What no recorded case shows, with an eVMCS under KVM. */
  static List<Breach> underKvm() {
    return List.of(
        new Breach("N-S1", "cpu_based_vm_exec_control=0xb42061f2 tpr_threshold=0x10"),
        new Breach("N-S15", "guest_ss_ar_bytes=0xc091"),
        new Breach("N-S25", "guest_tr_ar_bytes=0x83"),
        new Breach("N-S28", "guest_ldtr_ar_bytes=0x83"),
        new Breach("N-S31", "guest_gdtr_limit=0x10000"),
        new Breach("N-S36", "vm_entry_intr_info_field=0x80000044 guest_rflags=0x2"),
        new Breach("N-S39", "guest_interruptibility_info=0x1 guest_rflags=0x2"));
  }

  /** What only a bare CPU checks. */
  static List<Breach> onBareCpu() {
    return List.of(
        new Breach("N-S48", "revision_id=0x80000001"),
        new Breach("N-S49", "cpu_based_vm_exec_control=0xb40261f2 tertiary_vm_exec_control=0x10"),
        new Breach("N-S50", "secondary_vm_exec_control=0x1410aa ve_information_address=0x1001"),
        new Breach("N-S51", "secondary_vm_exec_control=0x901028 sub_page_permission_ptr=0x2000"),
        new Breach("N-S52", "secondary_vm_exec_control=0x9010aa sub_page_permission_ptr=0x400000000000"),
        new Breach("N-S53", "secondary_vm_exec_control=0x11010aa"),
        new Breach("N-S54", "vm_entry_controls=0x4d3ff entry.tracing=true"),
        new Breach("N-S55", "vm_exit_controls=0x803fefff secondary_vm_exit_controls=0x8"),
        new Breach("N-S56", "vm_entry_controls=0xdbff"),
        new Breach(
            "N-S57",
            "vm_entry_controls=0xdfff entry.smm=true guest_interruptibility_info=0x4"),
        new Breach("N-S58", "vm_exit_controls=0x103fefff host_ia32_s_cet=0x40"),
        new Breach("N-S59", "vm_exit_controls=0x103fefff host_ssp=0x2"),
        new Breach("N-S60", "vm_exit_controls=0x203fefff host_ia32_pkrs=0x100000000"),
        new Breach("N-S61", "vm_entry_controls=0x10d3ff guest_ia32_s_cet=0xc00"),
        new Breach("N-S62", "vm_entry_controls=0x40d3ff guest_ia32_pkrs=0x8000000000000000"),
        new Breach("N-S64", "vm_entry_controls=0x8d3ff guest_uinv=0x100"),
        new Breach("N-S65", "vm_entry_controls=0x10d3ff guest_ssp=0x1000000000000"),
        new Breach("N-S66", "guest_activity_state=0x2"),
        new Breach(
            "N-S67", "guest_activity_state=0x1 guest_ss_ar_bytes=0xc0f3 guest_cs_ar_bytes=0xa0fb"),
        new Breach("N-S68", "guest_activity_state=0x1 guest_interruptibility_info=0x1"),
        new Breach("N-S69", "guest_activity_state=0x1 vm_entry_intr_info_field=0x80000306"),
        new Breach(
            "N-S70",
            "guest_activity_state=0x2 vm_entry_intr_info_field=0x80000031 vmxMisc=0x200001e5"),
        new Breach("N-S71", "guest_activity_state=0x3 vm_entry_intr_info_field=0x80000202"),
        new Breach(
            "N-S72",
            "guest_activity_state=0x3 vm_entry_controls=0xd7ff entry.smm=true"
                + " guest_interruptibility_info=0x4"),
        new Breach("N-S73", "vm_entry_controls=0xd7ff entry.smm=true"),
        new Breach("N-S74", "guest_activity_state=0x1 guest_rflags=0x302"),
        new Breach("N-S75", "guest_pending_dbg_exceptions=0x11000"),
        new Breach(
            "N-S76",
            "vm_entry_intr_info_field=0x80000202 guest_interruptibility_info=0x1 host.stiBlocksNmi=true"),
        new Breach("N-S77", "vmcs_link_pointer=0x5000"),
        new Breach(
            "N-S78",
            "vmcs_link_pointer=0x6000 executive_vmcs_pointer=0x6000 entry.smm=true"));
  }

  @Test
  void everyIdOfTheRulesIsThereInOrderAndOnce() {
    List<String> ids = new ArrayList<>();
    add(ids, "N-P", 3);
    add(ids, "N-C", 54);
    add(ids, "N-H", 32);
    add(ids, "N-G", 23);
    add(ids, "N-M", 9);
    add(ids, "N-S", 78);
    // The reserved bits of IA32_RTIT_CTL and IA32_LBR_CTL differ from CPU to CPU, and N-S79 is last.
    ids.remove("N-S63");
    assertThat(EntryScenario.ids(EntryChecks.all())).isEqualTo(ids);
    assertThat(EntryChecks.bySection()).hasSameElementsAs(EntryChecks.all());
  }

  private static void add(List<String> ids, String prefix, int count) {
    IntStream.rangeClosed(1, count).forEach(number -> ids.add(prefix + number));
  }

  @Test
  void theSectionsAreInTheOrderOfTheSdm() {
    assertThat(EntryChecks.bySection()).extracting(EntryCheck::section).isSorted();
  }

  @Test
  void everyCheckSaysWhatItAsksAndWhereThatIsWritten() {
    for (EntryCheck check : EntryChecks.all()) {
      assertThat(check.statement()).as(check.id()).endsWith(".").hasSizeGreaterThan(10);
      assertThat(check.reads()).as(check.id()).isNotEmpty();
      assertThat(check.references()).as(check.id()).isNotEmpty().doesNotContain("");
      assertThat(EntryChecks.of(check.id())).isSameAs(check);
    }
    assertThat(EntryChecks.of("N-C55")).isNull();
  }

  /** What memory holds, and what only {@code Judged} conditions look at, other tests see. */
  @Test
  void everyCheckSaysThatItReadsWhatItsConditionsAreMadeOf() {
    for (EntryCheck check : EntryChecks.all()) {
      Set<EntryFact> read = new HashSet<>();
      addFacts(check.violated(EntryMode.EVMCS), read);
      addFacts(check.violated(EntryMode.BARE_CPU), read);
      assertThat(check.reads()).as(check.id()).containsAll(read);
    }
  }

  private static void addFacts(Condition condition, Set<EntryFact> facts) {
    switch (condition) {
      case Condition.All all -> all.parts().forEach(part -> addFacts(part, facts));
      case Condition.Any any -> any.parts().forEach(part -> addFacts(part, facts));
      case Condition.Not not -> addFacts(not.part(), facts);
      case Condition.Bits bits -> facts.add(bits.field());
      case Condition.OneOf oneOf -> facts.add(oneOf.field());
      case Condition.Differ differ -> facts.addAll(List.of(differ.one().field(), differ.other().field()));
      case Condition.Less less -> facts.addAll(List.of(less.one().field(), less.other().field()));
      case Condition.AboveWidthOr above -> facts.addAll(List.of(above.field(), Capability.MAX_PHY_ADDR));
      case Condition.NonCanonical address -> facts.addAll(List.of(address.field(), address.la57()));
      case Condition.Has has -> facts.add(has.capability());
      case Condition.Holds holds -> facts.add(holds.circumstance());
      case Condition.Outside outside -> facts.addAll(List.of(outside.field(), outside.allowed()));
      case Condition.Forbidden forbidden ->
        facts.addAll(List.of(forbidden.controls(), forbidden.capability()));
      case Condition.NotFixed fixed ->
        facts.addAll(List.of(fixed.field(), fixed.fixed0(), fixed.fixed1()));
      case Condition.BadPat pat -> facts.add(pat.pat());
      case Condition.Unsupported unsupported -> facts.add(unsupported.controls());
      case Condition.Judged judged -> assertThat(judged.judge()).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("underKvm")
  void oneChangeViolatesOneCheckUnderKvm(Breach breach) {
    VmEntry entry = EntryScenario.change(EntryScenario.enlightened(), breach.changes);
    assertBroken(entry, breach);
  }

  @ParameterizedTest
  @MethodSource("onBareCpu")
  void oneChangeViolatesOneCheckOnABareCpu(Breach breach) {
    assertBroken(EntryScenario.change(EntryScenario.bareCpu(), breach.changes), breach);
  }

  private static void assertBroken(VmEntry entry, Breach breach) {
    VmEntryDecision decision = EntryScenario.decide(entry);
    assertThat(EntryScenario.ids(decision.violations())).containsExactly(breach.check);
    EntryCheck check = requireNonNull(EntryChecks.of(breach.check));
    String evidence = entry.evidence(check);
    for (VmcsField field : check.fields()) {
      if (breach.changes.contains(field.linuxName() + "=")) {
        assertThat(evidence).contains(field.linuxName());
      }
    }
  }

  @Test
  void everyCheckIsSeenViolatedAndHeldOrNeverMade() {
    Set<EntryCheck> violated = new HashSet<>();
    Set<EntryCheck> held = new HashSet<>();
    Stream<VmEntry> entries =
        Stream.of(
            RecordedEntry.all().stream().map(RecordedEntry::entry),
            underKvm().stream()
                .map(one -> EntryScenario.change(EntryScenario.enlightened(), one.changes)),
            onBareCpu().stream()
                .map(one -> EntryScenario.change(EntryScenario.bareCpu(), one.changes)))
            .flatMap(entry -> entry);
    entries.forEach(
        entry -> {
          VmEntryDecision decision = EntryScenario.decide(entry);
          for (EntryCheck check : decision.made()) {
            (decision.isViolated(check) ? violated : held).add(check);
          }
        });
    EntryCheck never = requireNonNull(EntryChecks.of("N-C54"));
    assertThat(never.isNeverWithEvmcs()).isTrue();
    List<EntryCheck> all = new ArrayList<>(EntryChecks.all());
    all.remove(never);
    assertThat(held).containsExactlyInAnyOrderElementsOf(all);
    assertThat(violated).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void theEvidenceNamesFieldsValuesAndBits() {
    VmEntry entry =
        EntryScenario.change(
            EntryScenario.enlightened(), "vm_entry_intr_info_field=0x80000044 guest_rflags=0x2");
    EntryScenario.decide(entry);
    assertThat(entry.evidence(requireNonNull(EntryChecks.of("N-S36"))))
        .isEqualTo(
            "guest_rflags 0x2 has IF (bit 9) clear, while vm_entry_intr_info_field 0x80000044 injects an"
                + " external interrupt");
    EntryScenario.change(
        entry,
        "pin_based_vm_exec_control=0x1d io_bitmap_a=0x400000000001 cpu_based_vm_exec_control=0xb60061f2");
    EntryScenario.decide(entry);
    assertThat(entry.evidence(requireNonNull(EntryChecks.of("N-C1"))))
        .isEqualTo(
            "pin_based_vm_exec_control 0x1d has bit 1 clear, to be 1 by vmxTruePinbasedCtls 0xff00000016");
    assertThat(entry.evidence(requireNonNull(EntryChecks.of("N-C5"))))
        .isEqualTo(
            "io_bitmap_a 0x400000000001 has bits 0 and 46 set: it is not aligned, and an address has 46"
                + " bits (maxPhyAddr)");
  }

  @Test
  void onABareCpuOfWhichNothingIsKnownOnlyWhatIsTrueOfAllCpusIsDecided() {
    VmEntry entry = EntryScenario.ordinary(EntryProfile.SDM);
    VmEntryDecision decision = EntryScenario.decide(entry);
    assertThat(decision.violations()).isEmpty();
    EntryCheck controls = requireNonNull(EntryChecks.of("N-C1"));
    assertThat(decision.isUndecided(controls)).isTrue();
    assertThat(entry.unknown(controls)).containsExactly(Capability.VMX_TRUE_PINBASED_CTLS);
    EntryScenario.change(
        entry,
        "guest_cr0=0x80050013 host_cr4=0x370678 msr_bitmap=0x10000000032000 guest_ia32_efer=0xd03");
    assertThat(EntryScenario.ids(EntryScenario.decide(entry).violations()))
        .containsExactly("N-C7", "N-H3", "N-G1", "N-G15");
  }

  /** In all recorded entries with an ordinary VMCS, and in those on a bare CPU, without one field each. */
  @Test
  void aCheckThatDependsOnAFieldSaysThatItReadsIt() {
    List<VmEntry> entries = new ArrayList<>();
    RecordedEntry.all("entry-vmcs").stream().limit(100).map(RecordedEntry::entry).forEach(entries::add);
    onBareCpu().stream()
        .map(one -> EntryScenario.change(EntryScenario.bareCpu(), one.changes))
        .forEach(entries::add);
    for (VmEntry entry : entries) {
      Set<EntryCheck> before = new HashSet<>(EntryScenario.decide(entry).undecided());
      for (VmcsField field : VmcsField.values()) {
        long value = entry.facts().value(field);
        entry.forget(field);
        for (EntryCheck check : EntryScenario.decide(entry).undecided()) {
          if (!before.contains(check)) {
            assertThat(entry.unknown(check)).as("%s without %s", check, field).contains(field);
          }
        }
        entry.field(field, value);
      }
    }
  }

  /** KVM refuses to load the MSRs of the microcode update; of a CPU it is not known unless it is said. */
  @Test
  void whetherACpuLoadsMicrocodeMsrsIsItsOwnMatter() {
    VmEntry entry =
        EntryScenario.change(
            EntryScenario.ordinary(EntryProfile.SDM),
            "vm_entry_msr_load_count=0x1 vm_entry_msr_load_addr=0x9000");
    byte[] area = new byte[16];
    area[0] = 0x79;
    entry.memory().add(0x9000, area, 0, area.length);
    EntryCheck check = requireNonNull(EntryChecks.of("N-M7"));
    VmEntryDecision unknown = EntryScenario.decide(entry);
    assertThat(unknown.isUndecided(check)).isTrue();
    assertThat(entry.unknown(check)).contains(Circumstance.BLOCKS_MICROCODE_MSRS);
    entry.circumstance(Circumstance.BLOCKS_MICROCODE_MSRS, false);
    VmEntryDecision loads = EntryScenario.decide(entry);
    assertThat(loads.isUndecided(check) || loads.isViolated(check)).isFalse();
    entry.circumstance(Circumstance.BLOCKS_MICROCODE_MSRS, true);
    VmEntryDecision blocks = EntryScenario.decide(entry);
    assertThat(blocks.isViolated(check)).isTrue();
    assertThat(blocks.isUndecided(requireNonNull(EntryChecks.of("N-M8")))).isFalse();
  }

  /** The list is read some entries at a time: neither where a region ends nor which entry fails matters. */
  @ParameterizedTest
  @CsvSource({"0, 40", "15, 40", "16, 40", "31, 700", "39, 640", "-1, 640", "-1, 624", "-1, 8", "-1, 0"})
  void theFirstEntryOfTheMsrListThatFailsIsFound(int wrong, int bytes) {
    int entries = 40;
    VmEntry entry =
        EntryScenario.change(
            EntryScenario.ordinary(EntryProfile.KVM_6_12),
            "vm_entry_msr_load_count=0x28 vm_entry_msr_load_addr=0x9000");
    byte[] area = new byte[entries * 16];
    for (int i = 0; i < entries; i++) {
      area[i * 16] = (byte) (i == wrong ? 0x9b : 0x80);
    }
    int first = Math.min(bytes, area.length);
    if (first > 0) {
      entry.memory().add(0x9000, area, 0, first);
    }
    if (wrong >= 0 && first < area.length) {
      entry.memory().add(0x9000L + first, area, first, area.length - first);
    }
    VmEntryDecision decision = EntryScenario.decide(entry);
    if (wrong >= 0) {
      assertThat(EntryScenario.ids(decision.violations())).containsExactly("N-M5");
      assertThat(decision.exitQualification()).isEqualTo(wrong + 1);
    } else if (first < area.length) {
      assertThat(EntryScenario.ids(decision.violations())).containsExactly("N-M2");
      assertThat(decision.exitQualification()).isEqualTo(first / 16 + 1);
    } else {
      assertThat(decision.violations()).isEmpty();
    }
  }

  /** N-G10 is not looked at where N-G9 does not hold, and not decided where that is not known. */
  @ParameterizedTest
  @CsvSource({"0x11e57ed0, ''", "0x91e57ed0, N-G10", "0x11e57ed1, N-G9", "0x91e57ed1, N-G9"})
  void ofALinkedVmcsTheRevisionIsLookedAtFirst(String firstWord, String violated) {
    VmEntry entry = EntryScenario.change(EntryScenario.bareCpu(), "vmcs_link_pointer=0x6000");
    byte[] region = new byte[4];
    LittleEndian.u32(region, 0, Long.decode(firstWord).intValue());
    entry.memory().add(0x6000, region, 0, region.length);
    assertThat(String.join(" ", EntryScenario.ids(EntryScenario.decide(entry).violations())))
        .isEqualTo(violated);
    VmEntry unknown = EntryScenario.ordinary(EntryProfile.SDM);
    EntryScenario.change(unknown, "vmcs_link_pointer=0x6000");
    unknown.memory().add(0x6000, region, 0, region.length);
    VmEntryDecision decision = EntryScenario.decide(unknown);
    assertThat(EntryScenario.ids(decision.violations())).doesNotContain("N-G9", "N-G10");
    assertThat(decision.isUndecided(requireNonNull(EntryChecks.of("N-G9")))).isTrue();
    assertThat(decision.isUndecided(requireNonNull(EntryChecks.of("N-G10"))))
        .isEqualTo(firstWord.startsWith("0x9"));
  }

  @Test
  void whatIsWrongButSwitchedOffIsNotReported() {
    VmEntry entry =
        EntryScenario.change(
            EntryScenario.enlightened(),
            "vm_entry_intr_info_field=0x7ffff7ff guest_pdptr0=0xffffffffffffffff io_bitmap_a=0x1"
                + " guest_ldtr_base=0x800000000000 host_ia32_perf_global_ctrl=0x8000000000000000");
    assertThat(EntryScenario.decide(entry).violations()).isEmpty();
  }

  @Test
  void whatIsMarkedNeverIsNotMadeWithAnEvmcs() {
    List<EntryCheck> made = EntryScenario.decide(EntryScenario.enlightened()).made();
    assertThat(EntryChecks.all().stream().filter(EntryCheck::isNeverWithEvmcs))
        .hasSize(24)
        .doesNotContainAnyElementsOf(made);
  }
}
