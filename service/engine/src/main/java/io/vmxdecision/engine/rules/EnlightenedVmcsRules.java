package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.stream.Collectors;

/** Rules E: is an enlightened VMCS in use? */
public final class EnlightenedVmcsRules {
  public static final Rule E1 =
      new Rule(
          1,
          "E1",
          "A VP assist page is given.",
          "Without it no enlightened VMCS is in use.",
          "vmx/hyperv.c nested_get_evmptr()",
          "TLFS, Virtual Processors: HV_X64_MSR_VP_ASSIST_PAGE",
          List.of(Input.State.VP_ASSIST_PAGE),
          decided -> Words.given("VP assist page", decided.snapshot().vpAssistPage().isGiven()));

  public static final Rule E2 =
      new Rule(
          2,
          "E2",
          "Its byte enlighten_vmentry (offset 0x28) is not 0.",
          "With 0, L1 enters L2 through an ordinary VMCS.",
          "vmx/hyperv.c nested_get_evmptr()",
          "TLFS, HV_VP_ASSIST_PAGE: EnlightenVmEntry",
          List.of(Input.of(VpAssistField.ENLIGHTEN_VMENTRY)),
          decided -> Words.value(
              VpAssistField.ENLIGHTEN_VMENTRY, decided.snapshot().vpAssistPage().enlightenVmentry()));

  public static final Rule E3 =
      new Rule(
          3,
          "E3",
          "Its u64 current_nested_vmcs (offset 0x30) is neither all ones nor all ones minus 1.",
          "Those two are KVM's EVMPTR_INVALID and EVMPTR_MAP_PENDING.",
          "vmx/hyperv.h evmptr_is_valid()",
          "TLFS, HV_VP_ASSIST_PAGE: CurrentNestedVmcs",
          List.of(Input.of(VpAssistField.CURRENT_NESTED_VMCS)),
          decided -> Words.value(
              VpAssistField.CURRENT_NESTED_VMCS, decided.snapshot().vpAssistPage().currentNestedVmcs()));

  public static final Rule E4 =
      new Rule(
          4,
          "E4",
          "An eVMCS page is given.",
          "Without it no enlightened VMCS is in use.",
          "vmx/nested.c nested_vmx_handle_enlightened_vmptrld()",
          Rule.NOT_SPECIFIED,
          List.of(Input.State.EVMCS_PAGE),
          decided -> Words.given("eVMCS page", decided.evmcs().isGiven()));

  public static final Rule E5 =
      new Rule(
          5,
          "E5",
          "Its revision_id is 1 (the eVMCS version) or 0x11e57ed0 (KVM's VMCS12 revision).",
          "L0 refuses to enter L2 with any other.",
          "vmx/nested.c nested_vmx_handle_enlightened_vmptrld()",
          "TLFS, Nested Virtualization: eVMCS versioning (version 1 only; KVM accepts both, since"
              + " Hyper-V writes the revision of IA32_VMX_BASIC)",
          List.of(Input.of(EvmcsField.REVISION_ID)),
          decided -> Words.value(EvmcsField.REVISION_ID,
              Integer.toUnsignedLong(decided.evmcs().revisionId())));

  /** E1 to E5. */
  public static final List<Rule> E = List.of(E1, E2, E3, E4, E5);

  /** {@code current_nested_vmcs}: none. KVM {@code EVMPTR_INVALID}. */
  private static final long EVMPTR_INVALID = -1L;

  /** {@code current_nested_vmcs}: not mapped yet after a restore. KVM {@code EVMPTR_MAP_PENDING}. */
  private static final long EVMPTR_MAP_PENDING = -2L;

  private EnlightenedVmcsRules() {}

  /**
   * Looks at E1 to E5; what depends on a page that is not given is not looked at.
   *
   * @return whether an enlightened VMCS is in use: all five are met
   */
  public static boolean evaluate(Snapshot snapshot, Decision decision) {
    VpAssistPage assist = snapshot.vpAssistPage();
    boolean active = false;
    if (decision.record(E1, assist.isGiven())) {
      active = decision.record(E2, assist.enlightenVmentry() != 0);
      active &= decision.record(E3, isValidPointer(assist.currentNestedVmcs()));
    }
    EnlightenedVmcs evmcs = snapshot.evmcs();
    boolean known = decision.record(E4, evmcs.isGiven()) && decision.record(E5, evmcs.hasKnownRevision());
    return active && known;
  }

  /** Which of E1 to E5 were looked at and not met, in words. */
  public static String activity(Decision decision) {
    String failing =
        E.stream()
            .filter(rule -> decision.looked(rule) && !decision.met(rule))
            .map(Rule::id)
            .collect(Collectors.joining(", "));
    return failing.isEmpty() ? "E1 to E5 hold" : "fails: " + failing;
  }

  private static boolean isValidPointer(long gpa) {
    return gpa != EVMPTR_INVALID && gpa != EVMPTR_MAP_PENDING;
  }
}
