package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules F: is the L2 TLB flush eligible? */
public final class EligibilityRules {
  public static final Rule F1 =
      new Rule(
          6,
          "F1",
          "An enlightened VMCS is in use: E1 to E5 hold.",
          "A condition of the L2 TLB flush.",
          "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
          Rule.NOT_SPECIFIED,
          EnlightenedVmcsRules.E.stream().flatMap(rule -> rule.reads().stream()).toList(),
          decided -> EnlightenedVmcsRules.activity(decided.decision()));

  public static final Rule F2 =
      new Rule(
          7,
          "F2",
          "An enlightened VMCS is in use, and bit 0 (nested_flush_hypercall) of its"
              + " hv_enlightenments_control (offset 0x344) is set.",
          "A condition of the L2 TLB flush. L0 reads the bit live, at every VMCALL.",
          "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
          "TLFS, Nested Virtualization: Direct Virtual Flush",
          Input.all(
              F1.reads(),
              List.of(
                  Input.of(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, EnlightenedVmcs.NESTED_FLUSH_HYPERCALL))),
          EligibilityRules::nestedFlushHypercall);

  public static final Rule F3 =
      new Rule(
          8,
          "F3",
          "A VP assist page is given, and bit 0 (DirectHypercall) of its nested_control.features (u32"
              + " at offset 0x20) is set.",
          "A condition of the L2 TLB flush. L0 uses the copy it made at L2's last enlightened entry.",
          "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
          "TLFS, Nested Virtualization: Direct Virtual Flush",
          Input.all(
              EnlightenedVmcsRules.E1.reads(),
              List.of(Input.of(VpAssistField.FEATURES, VpAssistPage.DIRECT_HYPERCALL))),
          EligibilityRules::directHypercall);

  public static final Rule F4 =
      new Rule(
          9,
          "F4",
          "Bit 17 (direct virtual flush) of CPUID 0x4000000A EAX is set, as L1 sees it.",
          "A condition of the L2 TLB flush.",
          "hyperv.h guest_hv_cpuid_has_l2_tlb_flush()",
          "TLFS, Feature Discovery: Nested Virtualization Features",
          List.of(Input.of(CpuidWord.NESTED_EAX, Cpuid.NESTED_DIRECT_FLUSH)),
          decided -> Words.bit(
              CpuidWord.NESTED_EAX.title(),
              CpuidWord.NESTED_EAX.of(decided.snapshot().cpuid()),
              Cpuid.NESTED_DIRECT_FLUSH));

  public static final Rule F5 =
      new Rule(
          10,
          "F5",
          "The exit is VMCALL (18) and the call code is 0x0002, 0x0003, 0x0013 or 0x0014: bits 15:0 of"
              + " RCX in 64-bit mode, of RAX otherwise.",
          "A condition of the L2 TLB flush. No other bit of the control word counts here.",
          "hyperv.h kvm_hv_is_tlb_flush_hcall()",
          Rule.NOT_SPECIFIED,
          List.of(
              ExitReasonRules.BASIC_REASON,
              Input.State.LONG_MODE,
              Input.register(Registers.RCX, HypercallControl.CODE.mask()),
              Input.register(Registers.RAX, HypercallControl.CODE.mask())),
          EligibilityRules::callCode);

  /** F1 to F5, the conditions of the L2 TLB flush. */
  public static final List<Rule> F = List.of(F1, F2, F3, F4, F5);

  private EligibilityRules() {}

  /**
   * Looks at F1 to F5, always at all of them, and notes whether all are met and L0 has an L2 TLB flush.
   *
   * @param active whether an enlightened VMCS is in use: what the E rules say
   */
  public static void evaluate(
      Profile profile, Snapshot snapshot, VmExit exit, boolean active, Decision decision) {
    boolean eligible = decision.record(F1, active);
    eligible &= decision.record(F2, active && snapshot.evmcs().nestedFlushHypercall());
    VpAssistPage assist = snapshot.vpAssistPage();
    eligible &= decision.record(F3, assist.isGiven() && assist.directHypercall());
    eligible &=
        decision.record(F4, (snapshot.cpuid().nestedEax() & Cpuid.NESTED_DIRECT_FLUSH) != 0);
    eligible &= decision.record(F5, flushCode(exit) != null);
    decision.l2TlbFlushEligible(eligible && !profile.has(Departure.NO_L2_TLB_FLUSH));
  }

  /**
   * The flush call that the exit is, or null if it is another exit or another call. Only the code is
   * looked at, as in KVM {@code kvm_hv_is_tlb_flush_hcall()}.
   */
  public static @Nullable FlushCode flushCode(VmExit exit) {
    if (ExitReason.basic(exit.reason()) != BasicExitReason.VMCALL.number()) {
      return null;
    }
    Registers registers = exit.registers();
    int register = registers.isLongMode() ? Registers.RCX : Registers.RAX;
    return FlushCode.of(HypercallControl.code(registers.general(register)));
  }

  /**
   * Why a flush of L2 is not eligible: P1 where the VMCALL came to an L0 without the L2 TLB flush, otherwise the
   * first of F1 to F5 that was not met; null if it is eligible.
   */
  public static @Nullable Rule whyIneligible(Decision decision) {
    if (decision.met(DepartureRules.P1)) {
      return DepartureRules.P1;
    }
    for (Rule rule : F) {
      if (!decision.met(rule)) {
        return rule;
      }
    }
    return null;
  }

  private static String nestedFlushHypercall(Decided decided) {
    return decided.decision().met(F1)
        ? Words.bit(
            Words.place(EvmcsField.HV_ENLIGHTENMENTS_CONTROL),
            decided.evmcs().enlightenmentsControl(),
            EnlightenedVmcs.NESTED_FLUSH_HYPERCALL)
        : "no enlightened VMCS is in use";
  }

  private static String directHypercall(Decided decided) {
    VpAssistPage assist = decided.snapshot().vpAssistPage();
    return assist.isGiven()
        ? Words.bit(
            Words.place(VpAssistField.FEATURES), assist.features(), VpAssistPage.DIRECT_HYPERCALL)
        : "no VP assist page is given";
  }

  private static String callCode(Decided decided) {
    Registers registers = decided.registers();
    boolean longMode = registers.isLongMode();
    long control = registers.general(longMode ? Registers.RCX : Registers.RAX);
    return "basic reason " + ExitReason.basic(decided.exit().reason()) + ", "
        + (longMode ? "64-bit mode, RCX " : "not 64-bit mode, RAX ")
        + HypercallControl.CODE.bits() + " = " + Words.hex(HypercallControl.code(control));
  }
}
