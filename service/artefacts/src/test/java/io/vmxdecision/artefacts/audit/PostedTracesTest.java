package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.audit.AuditedFlush.Reach;
import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.machine.Level;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces that people posted, and single facts. */
class PostedTracesTest {
  private static Audits posted(String name) {
    try (InputStream in =
        Objects.requireNonNull(PostedTracesTest.class.getResourceAsStream("/posted/" + name))) {
      return Audits.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void l0KeepsAnEptViolationOfAnOldTrace() {
    Audits audit = posted("trace-2020-ept-violation.txt");
    AuditedExit exit = audit.exits.getFirst();
    assertThat(audit.exits).hasSize(1);
    assertThat(exit.verdict()).isEqualTo(Verdict.AGREES);
    assertThat(exit.info1()).isEqualTo(0x181);
    assertThat(audit.summary.handledByL0()).isEqualTo(1);
    assertThat(audit.summary.injectedByL0()).isZero();
    assertThat(audit.summary.unknownLines()).isZero();
  }

  @Test
  void whatL0InjectsAfterATimerIsNoReflection() {
    Audits audit = posted("trace-2019-preemption-timer.txt");
    assertThat(audit.summary.exitsFromL2()).isEqualTo(1);
    assertThat(audit.summary.injectedByL0()).isEqualTo(2);
    assertThat(audit.exits.getFirst().verdict()).isEqualTo(Verdict.AGREES);
  }

  /** L0 may make L1 run of its own accord before L2 goes on; also with the reason that the exit had. */
  @ParameterizedTest
  @CsvSource({
    "EXTERNAL_INTERRUPT, PREEMPTION_TIMER", "PREEMPTION_TIMER, EXTERNAL_INTERRUPT",
    "EXTERNAL_INTERRUPT, EXTERNAL_INTERRUPT", "EPT_VIOLATION, EPT_VIOLATION", "EPT_MISCONFIG, EPT_MISCONFIG",
    "PML_FULL, PML_FULL", "VMFUNC, VMFUNC", "EPT_VIOLATION, EXCEPTION_NMI", "EPT_VIOLATION, TRIPLE_FAULT"})
  void whatL0InjectsAfterAnExitThatItKeptContradictsNothing(String reason, String injected) {
    Audits audit = keptThenInjected(reason, injected);
    assertThat(audit.summary.injectedByL0()).isEqualTo(1);
    assertThat(audit.summary.reflectedToL1()).isZero();
    assertThat(audit.exits.getFirst().observed()).isEqualTo(Level.L0);
    assertThat(audit.exits.getFirst().verdict()).isEqualTo(Verdict.AGREES);
  }

  /** Whether L1 wanted the I/O exit only its controls tell. */
  @ParameterizedTest
  @CsvSource({"EXCEPTION_NMI", "TRIPLE_FAULT"})
  void whatL0InjectsAfterAnIoExitContradictsNothing(String injected) {
    Audits audit = keptThenInjected("IO_INSTRUCTION", injected);
    assertThat(audit.summary.injectedByL0()).isEqualTo(1);
    assertThat(audit.exits.getFirst().observed()).isEqualTo(Level.L0);
    assertThat(audit.exits.getFirst().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  private static Audits keptThenInjected(String reason, String injected) {
    return Audits.of("""
        kvm_nested_vmexit: vcpu 0 reason %s rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
        kvm_nested_vmexit_inject: reason: %s ext_inf1: 0x0 ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0
        kvm_entry: vcpu 0, rip 0x9000
        """.formatted(reason, injected));
  }

  @Test
  void aNestedPageFaultIsNotReadWithTheTablesOfVmx() {
    Audits audit = posted("trace-two-generations.txt");
    assertThat(audit.exits).hasSize(1);
    AuditedExit exit = audit.exits.getFirst();
    assertThat(exit.isa()).isEqualTo(Isa.SVM);
    assertThat(exit.observed()).isEqualTo(Level.L0);
    assertThat(audit.summary.injectedByL0()).isEqualTo(2);
  }

  @Test
  void anExitThatL1AlwaysWantsMustReachIt() {
    Audits audit = Audits
        .of("""
            kvm_nested_vmexit: vcpu 0 reason CPUID rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
            kvm_entry: vcpu 0, rip 0x3
            kvm_nested_vmexit: vcpu 0 reason EPT_VIOLATION rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
            kvm_nested_vmexit_inject: reason: EPT_VIOLATION ext_inf1: 0x0 ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0
            kvm_entry: vcpu 0, rip 0x3
            """);
    assertThat(audit.exits).extracting(AuditedExit::verdict).containsExactly(Verdict.CONTRADICTS,
        Verdict.AGREES);
    assertThat(audit.summary.injectedByL0()).isEqualTo(1);
  }

  @Test
  void lostEventsMakeUndecidedWhatTheyMayHaveShown() {
    Audits audit = Audits.of("""
        kvm_nested_vmexit: vcpu 0 reason CPUID rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
        CPU:0 [LOST 12 EVENTS]
        kvm_entry: vcpu 0, rip 0x3
        """);
    assertThat(audit.exits).extracting(AuditedExit::verdict).containsExactly(Verdict.UNDECIDED);
    assertThat(audit.summary.lostEvents()).isEqualTo(12);
  }

  @Test
  void anExitWhoseEndIsNotInTheTraceStaysUndecided() {
    Audits audit = Audits.of(
        "kvm_nested_vmexit: vcpu 0 reason CPUID rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n");
    assertThat(audit.exits.getFirst().needs()).containsExactly("the rest of the trace");
  }

  @ParameterizedTest
  @CsvSource({
    "0x0, 0x0, ALL", "0x5, 0x0, SOME", "0x5, 0x1, ALL"})
  void anEmptyMaskMeansAllProcessors(String mask, String flags, Reach reach) {
    Audits audit = Audits.of("""
        kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
        kvm_hv_hypercall: code 0x3 fast var_cnt 0x0 rep_cnt 0x2 idx 0x0 in 0x0 out 0x3
        kvm_hv_flush_tlb: processor_mask %s address_space 0x0 flags %s (L2)
        kvm_hv_hypercall_done: result 0x200000000
        kvm_entry: vcpu 0, rip 0x4
        """.formatted(mask, flags));
    assertThat(audit.flushes).extracting(AuditedFlush::reach).containsExactly(reach);
    assertThat(audit.summary.listFlushes()).isEqualTo(1);
    assertThat(audit.summary.repetitions()).isEqualTo(2);
  }

  @Test
  void aCheckThatNobodyKnowsIsToldAsItIs() {
    FailedEntry failed = Audits.of("kvm_nested_vmenter_failed: something new\n").failed.getFirst();
    assertThat(failed.text()).isEqualTo("something new");
    assertThat(failed.checks()).isEqualTo(List.of());
  }
}
