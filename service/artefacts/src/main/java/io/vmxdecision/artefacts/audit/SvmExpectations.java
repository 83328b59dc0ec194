package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.SvmExitCode;
import io.vmxdecision.engine.machine.Level;
import java.util.List;

/**
 * What can be expected of an exit from L2 under SVM. The rules are those of VMX; of SVM it is only known what L0 keeps
 * whatever L1 asks for: interrupts, NMIs and nested page faults (KVM {@code nested_svm_exit_special()}).
 */
final class SvmExpectations {
  private static final Expectation KEPT = new Expectation(
      Level.L0,
      "",
      "under SVM L0 always keeps interrupts, NMIs and nested page faults (nested_svm_exit_special())",
      List.of(),
      null,
      null);

  private static final Expectation FLUSH = new Expectation(
      null,
      "",
      "",
      List.of(
          "VMCB bit 0 (nested_flush_hypercall) of hv_enlightenments_control",
          "VP assist page 0x020 nested_control.features bit 0",
          "CPUID 0x4000000A EAX bit 17"),
      null,
      null);

  private static final Expectation CALL = new Expectation(
      null,
      "",
      "",
      List.of(
          "VMCB bit 0 (nested_flush_hypercall) of hv_enlightenments_control",
          "VP assist page 0x020 nested_control.features bit 0",
          "CPUID 0x4000000A EAX bit 17",
          "the call code, RCX bits 15:0",
          "VMCB intercept of VMMCALL"),
      null,
      null);

  private static final Expectation MSR =
      new Expectation(null, "", "", List.of("VMCB intercept of MSRs", "the MSR permission map", "RCX"), null,
          null);

  private static final Expectation IO =
      new Expectation(null, "", "", List.of("VMCB intercept of I/O", "the I/O permission map"), null, null);

  private static final Expectation INTERCEPT =
      new Expectation(null, "", "", List.of("VMCB intercept words of L1"), null, null);

  private SvmExpectations() {}

  static Expectation of(int exitCode, boolean handledCall) {
    return switch (exitCode) {
      case SvmExitCode.INTR, SvmExitCode.NMI, SvmExitCode.NPF -> KEPT;
      case SvmExitCode.VMMCALL -> handledCall ? FLUSH : CALL;
      case SvmExitCode.MSR -> MSR;
      case SvmExitCode.IOIO -> IO;
      default -> INTERCEPT;
    };
  }
}
