package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.scenario.StaleDatum.Reread;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exits that L0 decides by its copies, while the pages say something else. */
class StaleCopiesTest {
  private static final long ALWAYS = Long.MIN_VALUE;
  private static final long SECOND = 1_000_000_000L;
  private static final int HLT_EXITING = 1 << 7;
  private static final int ALL_CLEAN = 0xffff;
  private static final int CONTROLS_CLEAR = ALL_CLEAN & ~(1 << 4);
  private static final long ASSIST = 0x30000;
  private static final String WORDS = " info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0";

  private final List<String> lines = new ArrayList<>();
  private final List<TimedSnapshot> snapshots = new ArrayList<>();

  private StaleCopiesTest() {
    snapshots.add(TimedSnapshot.ofCpuid(ALWAYS, CpuidWords.ofNestedEax(0x20101)));
  }

  private void line(double time, String event) {
    lines.add("qemu-7 [000] ..... %.6f: %s".formatted(time, event));
  }

  /** L0 handles it; L2 goes on. */
  private void kept(double time, String reason) {
    line(time, "kvm_nested_vmexit: vcpu 0 reason " + reason + " rip 0x401000" + WORDS);
    line(time, "kvm_entry: vcpu 0, rip 0x401003");
  }

  /** L1 gets it, and runs. */
  private void reflected(double time, String reason) {
    line(time, "kvm_nested_vmexit: vcpu 0 reason " + reason + " rip 0x401000" + WORDS);
    line(time, "kvm_nested_vmexit_inject: reason: " + reason
        + " ext_inf1: 0x0 ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0");
    line(time, "kvm_entry: vcpu 0, rip 0x800000");
  }

  private void flushed(double time, String result, boolean synthetic) {
    line(time, "kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x401000" + WORDS);
    line(time, "kvm_hv_hypercall: code 0x2 fast var_cnt 0x0 rep_cnt 0x0 idx 0x0 in 0x0 out 0x3");
    line(time, "kvm_hv_flush_tlb: processor_mask 0x0 address_space 0x0 flags 0x3 (L2)");
    line(time, "kvm_hv_hypercall_done: result " + result);
    if (synthetic) {
      line(time, "kvm_nested_vmexit_inject: reason: EPT_MISCONFIG 0x10000000 ext_inf1: 0x0 ext_inf2: 0x0"
          + " ext_int: 0x0 ext_int_err: 0x0");
    }
    line(time, "kvm_entry: vcpu 0, rip " + (synthetic ? "0x800000" : "0x401003"));
  }

  private void entered(double time, String instruction) {
    entered(time, instruction, "0xffffffffffffffff", "0x401003");
  }

  private void entered(double time, String instruction, String vmcs, String nestedRip) {
    line(time, "kvm_exit: vcpu 0 reason " + instruction + " rip 0x800010" + WORDS);
    line(time, "kvm_nested_vmenter: rip: 0x800010 vmcs: " + vmcs + " nested_rip: " + nestedRip
        + " int_ctl: 0x0 event_inj: 0x0 nested_ept=n guest_cr3: 0x0");
    line(time, "kvm_entry: vcpu 0, rip " + nestedRip);
  }

  private void evmcs(double time, int controls, int cleanFields, long assistPage) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    byte[] bytes = new byte[4096];
    page.wrap(bytes, 0);
    page.value(EvmcsField.REVISION_ID, 1);
    page.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 1);
    page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, controls);
    page.value(EvmcsField.PARTITION_ASSIST_PAGE, assistPage);
    page.value(EvmcsField.HV_CLEAN_FIELDS, cleanFields);
    snapshots.add(TimedSnapshot.ofEvmcs(nanos(time), bytes));
  }

  private void vpAssist(double time, boolean directHypercall) {
    VpAssistPage page = new VpAssistPage();
    byte[] bytes = new byte[4096];
    page.wrap(bytes, 0);
    page.enlightenVmentry(1);
    page.currentNestedVmcs(0x20000);
    page.directHypercall(directHypercall);
    snapshots.add(TimedSnapshot.ofVpAssistPage(nanos(time), bytes));
  }

  private void lockCount(double time, int count) {
    byte[] bytes = new byte[4096];
    bytes[PartitionAssistPage.TLB_LOCK_COUNT_OFFSET] = (byte) count;
    snapshots.add(TimedSnapshot.ofPartitionAssistPage(nanos(time), bytes));
  }

  private static long nanos(double time) {
    return time == 0 ? ALWAYS : Math.round(time * SECOND);
  }

  private Audits audit() {
    return Audits.of(String.join("\n", lines) + "\n", snapshots.toArray(TimedSnapshot[]::new));
  }

  private AuditedExit last() {
    return audit().exits.getLast();
  }

  @Test
  void aPageThatChangesWithoutAVmEntryIsNotWhatL0GoesBy() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, false);
    vpAssist(1.5, true);
    kept(1, "EPT_VIOLATION");
    reflected(2, "VMCALL");
    AuditedExit exit = last();
    assertThat(exit.verdict()).isEqualTo(Verdict.AGREES);
    assertThat(exit.expected()).isEqualTo(Level.L1);
    assertThat(exit.rule()).isEqualTo("F3");
    assertThat(exit.stale()).hasSize(1);
    StaleDatum stale = exit.stale().getFirst();
    assertThat(stale.datum()).isEqualTo("directHypercall");
    assertThat(stale.held()).isZero();
    assertThat(stale.page()).isEqualTo(1);
    assertThat(stale.reread()).isEqualTo(Reread.NEXT_VM_ENTRY);
    assertThat(audit().summary.decidedByStaleCopies()).isEqualTo(1);
    assertThat(audit().summary.eligibleButReflected()).isZero();
  }

  @Test
  void anL0ThatGoesByTheChangedPageContradicts() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, false);
    vpAssist(1.5, true);
    kept(1, "EPT_VIOLATION");
    flushed(2, "0x0", false);
    assertThat(last().verdict()).isEqualTo(Verdict.CONTRADICTS);
    assertThat(last().stale()).extracting(StaleDatum::datum).containsExactly("directHypercall");
  }

  /** Without its line kvm_hv_hypercall nothing in a trace says that a call is a flush. */
  @Test
  void anEligibleFlushThatL1GotIsCountedAndSaidWhy() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, true);
    kept(1, "EPT_VIOLATION");
    line(2, "kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x401000" + WORDS);
    line(2, "kvm_hv_hypercall: code 0x2 fast var_cnt 0x0 rep_cnt 0x0 idx 0x0 in 0x0 out 0x3");
    line(2,
        "kvm_nested_vmexit_inject: reason: VMCALL ext_inf1: 0x0 ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0");
    line(2, "kvm_entry: vcpu 0, rip 0x800000");
    assertThat(last().expected()).isEqualTo(Level.L0);
    assertThat(last().verdict()).isEqualTo(Verdict.CONTRADICTS);
    assertThat(last().why()).isEqualTo("L0 handled the call, and L1 got it as well");
    assertThat(audit().summary.eligibleButReflected()).isEqualTo(1);
  }

  @Test
  void aVmEntryTakesTheVpAssistPageAnew() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, false);
    vpAssist(1.5, true);
    lockCount(0, 0);
    reflected(1, "CPUID");
    entered(1.6, "VMRESUME");
    flushed(2, "0x0", false);
    assertThat(last().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(last().stale()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"VMRESUME, true, L0", "VMRESUME, false, L1", "VMLAUNCH, true, L1"})
  void aVmEntryTakesTheGroupsWhoseCleanFieldBitIsClear(String instruction, boolean clean, Level expected) {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    evmcs(1.5, HLT_EXITING, clean ? ALL_CLEAN : CONTROLS_CLEAR, ASSIST);
    reflected(1, "CPUID");
    entered(1.6, instruction);
    kept(2, "HLT");
    AuditedExit exit = last();
    assertThat(exit.expected()).isEqualTo(expected);
    assertThat(exit.verdict()).isEqualTo(expected == Level.L0 ? Verdict.AGREES : Verdict.CONTRADICTS);
    if (expected == Level.L0) {
      assertThat(exit.stale()).hasSize(1);
      assertThat(exit.stale().getFirst().datum()).isEqualTo("cpu_based_vm_exec_control");
      assertThat(exit.stale().getFirst().reread()).isEqualTo(Reread.OVERWRITTEN_AT_EXIT);
    } else {
      assertThat(exit.stale()).isEmpty();
    }
  }

  @Test
  void aCopyStaysUntilTheBitIsCleared() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    evmcs(1.5, HLT_EXITING, ALL_CLEAN, ASSIST);
    evmcs(2.5, HLT_EXITING, CONTROLS_CLEAR, ASSIST);
    reflected(1, "CPUID");
    entered(1.6, "VMRESUME");
    kept(1.7, "HLT");
    reflected(2, "CPUID");
    entered(2.6, "VMRESUME");
    reflected(3, "HLT");
    assertThat(audit().exits).extracting(AuditedExit::verdict).containsOnly(Verdict.AGREES);
    assertThat(last().expected()).isEqualTo(Level.L1);
  }

  /** A dump may be later than the write: L0 may have read it when it entered L2 in between. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDumpBehindAVmEntryContradictsNobody(boolean reflected) {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    evmcs(1.5, HLT_EXITING, ALL_CLEAN, ASSIST);
    reflected(1, "CPUID");
    entered(1.2, "VMRESUME");
    if (reflected) {
      reflected(2, "HLT");
    } else {
      kept(2, "HLT");
    }
    AuditedExit exit = last();
    assertThat(exit.verdict()).isEqualTo(reflected ? Verdict.UNDECIDED : Verdict.AGREES);
    if (reflected) {
      assertThat(exit.needs()).hasSize(1);
      assertThat(exit.needs().getFirst()).contains("right before the VM-entry at line 5");
    }
  }

  @Test
  void theLockCountIsReadWhereL0StillLooks() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, true);
    lockCount(0, 1);
    evmcs(1.5, 0, ALL_CLEAN, 0x40000);
    lockCount(1.5, 0);
    reflected(1, "CPUID");
    entered(1.6, "VMRESUME");
    flushed(2, "0x0", true);
    Audits audit = audit();
    assertThat(audit.exits.getLast().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(audit.exits.getLast().stale()).extracting(StaleDatum::datum)
        .containsExactly("partition_assist_page");
    assertThat(audit.exits.getLast().stale().getFirst().reread()).isEqualTo(Reread.AFTER_CLEAN_BIT_CLEARED);
    assertThat(audit.flushes.getLast().syntheticExpected()).isTrue();
  }

  @Test
  void nestedFlushHypercallIsReadWhenTheCallComes() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    snapshots.removeLast();
    byte[] off = new byte[4096];
    off[0] = 1;
    snapshots.add(TimedSnapshot.ofEvmcs(ALWAYS, off));
    vpAssist(0, true);
    lockCount(0, 0);
    evmcs(1.5, 0, ALL_CLEAN, 0);
    kept(1, "EPT_VIOLATION");
    flushed(2, "0x0", false);
    assertThat(last().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(last().stale()).isEmpty();
  }

  /** After a restore L0 has no partition assist page until L1 enters L2 again. */
  @ParameterizedTest
  @CsvSource({"0x3, AGREES", "0x0, CONTRADICTS"})
  void aFlushRightAfterARestoreFails(String result, Verdict verdict) {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, true);
    lockCount(0, 0);
    kept(1, "EPT_VIOLATION");
    line(1.5, "kvm_nested_vmenter: rip: 0x401003 vmcs: 0xffffffffffffffff nested_rip: 0x401003"
        + " int_ctl: 0x0 event_inj: 0x0 nested_ept=n guest_cr3: 0x0");
    line(1.5, "kvm_entry: vcpu 0, rip 0x401003");
    flushed(2, result, false);
    assertThat(last().verdict()).isEqualTo(verdict);
    assertThat(last().stale()).extracting(StaleDatum::datum).contains("partition_assist_page");
  }

  @Test
  void anL2ThatRunsByAnOrdinaryVmcsHasNoFlushOfItsOwn() {
    entered(1, "VMRESUME", "0x5000", "0x401000");
    reflected(2, "VMCALL");
    entered(3, "VMRESUME", "0x5000", "0x401000");
    kept(4, "HLT");
    Audits audit = audit();
    assertThat(audit.exits.getFirst().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(audit.exits.getFirst().rule()).isEqualTo("F1");
    assertThat(audit.exits.getLast().needs()).hasSize(1);
    assertThat(audit.exits.getLast().needs().getFirst()).contains("the VMCS at 0x5000");
  }

  @Test
  void lostEventsMayHideAVmEntry() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    evmcs(1.5, HLT_EXITING, ALL_CLEAN, ASSIST);
    kept(1, "EPT_VIOLATION");
    kept(1.6, "EPT_VIOLATION");
    lines.add("CPU:0 [LOST 12 EVENTS]");
    reflected(2, "HLT");
    assertThat(last().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  /** Two VMs in one trace: threads with the same number of vCPU do not share copies. */
  @Test
  void theCopiesAreThoseOfTheThread() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    evmcs(1.5, HLT_EXITING, ALL_CLEAN, ASSIST);
    kept(1, "EPT_VIOLATION");
    reflected(2, "CPUID");
    lines.add("qemu-8 [001] ..... 2.500000: kvm_nested_vmexit: vcpu 0 reason HLT rip 0x401000" + WORDS);
    lines.add("qemu-8 [001] ..... 2.500000: kvm_entry: vcpu 0, rip 0x401001");
    AuditedExit exit = audit().exits.stream().filter(one -> one.reason() == 12).findFirst().orElseThrow();
    assertThat(exit.expected()).isEqualTo(Level.L1);
    assertThat(exit.verdict()).isEqualTo(Verdict.CONTRADICTS);
  }

  private void msrBitmap(int filler) {
    byte[] bitmap = new byte[4096];
    Arrays.fill(bitmap, (byte) filler);
    bitmap[2048] = (byte) ~filler; // writes of MSRs 0 to 7
    snapshots.add(TimedSnapshot.ofMemory(ALWAYS, 0, bitmap));
  }

  /** The bitmap is at address 0, as the eVMCS says. */
  @ParameterizedTest
  @CsvSource({"0x00, 10, AGREES", "0xff, 10, CONTRADICTS"})
  void anMsrThatTheTraceNamesIsLookedUpInItsBitmap(String filler, String msr, Verdict verdict) {
    evmcs(0, 1 << 28, ALL_CLEAN, ASSIST);
    msrBitmap(Integer.decode(filler));
    kept(1, "MSR_READ");
    lines.add(1, "qemu-7 [000] ..... 1.000000: kvm_msr: msr_read " + msr + " = 0x0");
    assertThat(last().verdict()).isEqualTo(verdict);
    assertThat(last().rule()).isEqualTo("R-MSR");
  }

  @Test
  void ofAnMsrThatTheTraceDoesNotNameOnlyItsNumberIsNeeded() {
    evmcs(0, 1 << 28, ALL_CLEAN, ASSIST);
    msrBitmap(0);
    reflected(1, "MSR_READ");
    assertThat(last().needs()).containsExactly("RCX bits 31:0");
  }

  @Test
  void aBitmapThatLetsNoMsrThroughDecidesForAll() {
    evmcs(0, 1 << 28, ALL_CLEAN, ASSIST);
    msrBitmap(0xff);
    reflected(1, "MSR_READ");
    entered(1.5, "VMRESUME");
    reflected(2, "MSR_WRITE");
    List<AuditedExit> exits = audit().exits;
    assertThat(exits.getFirst().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(exits.getLast().needs()).containsExactly("RCX bits 31:0");
  }

  private void wrmsr(double time, String value) {
    line(time, "kvm_exit: vcpu 0 reason MSR_WRITE rip 0x800020" + WORDS);
    line(time, "kvm_msr: msr_write 40000073 = " + value);
    line(time, "kvm_entry: vcpu 0, rip 0x800022");
  }

  private void assistInMemory(double time, long gpa, boolean directHypercall) {
    VpAssistPage page = new VpAssistPage();
    byte[] bytes = new byte[4096];
    page.wrap(bytes, 0);
    page.enlightenVmentry(1);
    page.currentNestedVmcs(0x20000);
    page.directHypercall(directHypercall);
    snapshots.add(TimedSnapshot.ofMemory(nanos(time), gpa, bytes));
  }

  private void runsWithThePageThatTheSnapshotsShow() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, true);
    lockCount(0, 0);
    flushed(1, "0x0", false);
    reflected(1.1, "CPUID");
  }

  @Test
  void aVpAssistPageThatL1MovesIsNotKnownAnyMore() {
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x50001");
    entered(1.3, "VMRESUME");
    flushed(2, "0x0", false);
    List<AuditedExit> exits = audit().exits;
    assertThat(exits).extracting(AuditedExit::verdict)
        .containsExactly(Verdict.AGREES, Verdict.AGREES, Verdict.UNDECIDED);
    assertThat(exits.getLast().needs().getFirst()).contains("VP assist page at 0x50000", "line 10");
  }

  /** A synthetic exit does not contradict a lock count that is of another page, perhaps. */
  @Test
  void whatIsKnownOfTheOldPageContradictsNothingAfterTheMove() {
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x50001");
    entered(1.3, "VMRESUME");
    flushed(2, "0x0", true);
    assertThat(last().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @ParameterizedTest
  @CsvSource({"true, L0", "false, L1"})
  void aMovedVpAssistPageIsReadWhereTheMemoryIsKnown(boolean directHypercall, Level expected) {
    assistInMemory(0, 0x50000, directHypercall);
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x50001");
    entered(1.3, "VMRESUME");
    flushed(2, "0x0", false);
    assertThat(last().expected()).isEqualTo(expected);
    assertThat(last().verdict()).isEqualTo(expected == Level.L0 ? Verdict.AGREES : Verdict.CONTRADICTS);
    assertThat(last().stale()).isEmpty();
  }

  @Test
  void aLaterSnapshotIsOfTheMovedPage() {
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x50001");
    vpAssist(1.25, false);
    entered(1.3, "VMRESUME");
    reflected(2, "VMCALL");
    assertThat(last().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(last().rule()).isEqualTo("F3");
  }

  @Test
  void withoutAVpAssistPageNoEvmcsIsInUse() {
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x0");
    entered(1.3, "VMRESUME");
    reflected(2, "VMCALL");
    assertThat(last().verdict()).isEqualTo(Verdict.AGREES);
    assertThat(last().rule()).isEqualTo("F1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x30001", "0x30001 (#GP)", "0x50001 (#GP)"})
  void theSamePageAgainOrARefusedOneChangesNothing(String value) {
    wrmsr(0.5, "0x30001");
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, value);
    entered(1.3, "VMRESUME");
    flushed(2, "0x0", false);
    assertThat(audit().exits).extracting(AuditedExit::verdict).containsOnly(Verdict.AGREES);
  }

  /** L2 writes the MSR where L1 lets it: L0 goes on with its copy until it enters L2 again. */
  @Test
  void aMoveCountsFromTheNextVmEntryOn() {
    evmcs(0, 0, ALL_CLEAN, ASSIST);
    vpAssist(0, true);
    lockCount(0, 0);
    line(1, "kvm_nested_vmexit: vcpu 0 reason MSR_WRITE rip 0x401000" + WORDS);
    line(1, "kvm_msr: msr_write 40000073 = 0x50001");
    line(1, "kvm_entry: vcpu 0, rip 0x401003");
    flushed(2, "0x0", false);
    reflected(2.1, "CPUID");
    entered(2.2, "VMRESUME");
    flushed(3, "0x0", false);
    List<AuditedExit> exits = audit().exits;
    assertThat(exits.get(1).verdict()).isEqualTo(Verdict.AGREES);
    assertThat(exits.getLast().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @Test
  void aMoveBeforeAnExitWhoseVmEntryIsLostCountsToo() {
    runsWithThePageThatTheSnapshotsShow();
    wrmsr(1.2, "0x50001");
    flushed(2, "0x0", false);
    assertThat(last().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 0xff})
  void pagesOfAnyBytesAreTaken(int filler) {
    byte[] page = new byte[4096];
    Arrays.fill(page, (byte) filler);
    for (double time : new double[]{0, 1.1, 2.1}) {
      snapshots.add(TimedSnapshot.ofEvmcs(nanos(time), page));
      snapshots.add(TimedSnapshot.ofVpAssistPage(nanos(time), page));
      snapshots.add(TimedSnapshot.ofPartitionAssistPage(nanos(time), page));
    }
    reflected(1, "CPUID");
    entered(1.6, "VMRESUME");
    kept(2, "IO_INSTRUCTION");
    flushed(3, "0x0", true);
    assertThat(audit().exits).hasSize(3);
  }
}
