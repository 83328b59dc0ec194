package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Evidence;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rules P: in what an L0 departs from {@code kvm-6.12}. A rule P is looked at where the L0 of the decision has
 * that {@link Departure} and the exit comes to it; what it changes stands at the rule that it changes.
 */
public final class DepartureRules {
  public static final Rule P1 =
      rule(
          33,
          Departure.NO_L2_TLB_FLUSH,
          "The exit is VMCALL (18), and L0 has no L2 TLB flush.",
          "The VMCALL is L1's, whatever F1 to F5 say; there is never a synthetic exit.",
          "vmx/nested.c nested_vmx_l0_wants_exit()",
          List.of(ExitReasonRules.BASIC_REASON),
          decided -> "a VMCALL of L2, and an L0 without the L2 TLB flush");

  public static final Rule P2 =
      rule(
          34,
          Departure.VIRTUALIZATION_EXCEPTION_BY_BITMAP,
          "The exit is a #VE (hardware exception, vector 20), which L0 does not keep.",
          "Bit 20 of exception_bitmap decides, as for another exception.",
          "vmx/nested.c nested_vmx_l0_wants_exit()",
          List.of(Input.exit("interruption information")),
          decided -> "interruption information " + Words.hex(decided.exit().interruptionInfo())
              + " is a #VE");

  public static final Rule P3 =
      rule(
          35,
          Departure.NO_FLUSH_QUEUES,
          "A flush is carried out, and a vCPU has no queue of addresses.",
          "Each target flushes all; the list of the call is not read, so rule H12 does not exist.",
          "hyperv.c kvm_hv_flush_tlb()",
          List.of(Input.State.TARGETS),
          decided -> decided.decision().tlbMutations().count() + " targets, each asked for one full flush");

  public static final Rule P4 =
      rule(
          36,
          Departure.FEWER_VCPUS,
          "An Ex call in memory has more than 16 banks.",
          "The first 16 are read; a VM has at most 1,024 vCPUs, whose VP indexes are below 1,024.",
          "hyperv.c kvm_get_sparse_vp_set()",
          List.of(
              Input.control(HypercallControl.FAST),
              Input.control(HypercallControl.VARIABLE_HEADER_SIZE)),
          decided -> HypercallControl.VARIABLE_HEADER_SIZE.name() + " = "
              + HypercallControl.variableHeaderSize(decided.call().control()) + ", and 16 banks are read");

  public static final Rule P5 =
      rule(
          37,
          Departure.CANONICAL_BY_PAGE,
          "Addresses are queued for a vCPU that looks at each page of a range.",
          "Exactly the canonical pages of a range are invalidated (addresses modulo 2^64).",
          "hyperv.c kvm_hv_vcpu_flush_tlb()",
          List.of(Input.State.QUEUES),
          decided -> decided.call().entryCount() + " entries of the call, looked at page by page");

  public static final Rule P6 =
      rule(
          38,
          Departure.MSR_IMMEDIATE_BY_BITMAP,
          "The exit is RDMSR or WRMSRNS with an immediate (84, 85).",
          "R-MSR decides; the MSR is bits 31:0 of the exit qualification, 85 is a write.",
          "vmx/nested.c nested_vmx_exit_handled_msr()",
          List.of(ExitReasonRules.BASIC_REASON, Input.exit("exit qualification")),
          decided -> "MSR " + Words.hex(decided.exit().qualification() & Registers.LOW_32)
              + " from the exit qualification");

  public static final Rule P7 =
      rule(
          39,
          Departure.XSAVES_FOR_L1,
          "The exit is XSAVES or XRSTORS (63, 64), and L0 does not ask for a control.",
          "The exit is L1's.",
          "vmx/nested.c nested_vmx_l1_wants_exit()",
          List.of(ExitReasonRules.BASIC_REASON),
          DepartureRules::reason);

  public static final Rule P8 =
      rule(
          40,
          Departure.TDX_CALLS_NEVER_FOR_L1,
          "The exit is SEAMCALL or TDCALL (76, 77), which L1 never sees.",
          "L0 handles the exit.",
          "vmx/nested.c nested_vmx_l1_wants_exit()",
          List.of(ExitReasonRules.BASIC_REASON),
          DepartureRules::reason);

  public static final Rule P9 =
      rule(
          41,
          Departure.CPUID_FAULTING,
          "The exit is CPUID (10), CPUID faulting is on, and CPL is not 0.",
          "L0 keeps the exit: #GP into L2.",
          "vmx/nested.c nested_vmx_l0_wants_exit(), x86.h kvm_is_cpuid_allowed()",
          new CpuidCondition().reads(),
          decided -> "CPUID faulting " + (decided.snapshot().cpuid().isFaulting() ? "on" : "off") + ", CPL "
              + decided.registers().cpl());

  /** P1 to P9. */
  public static final List<Rule> P = List.of(P1, P2, P3, P4, P5, P6, P7, P8, P9);

  private DepartureRules() {}

  /** The switch that the rule turns, or null if it is not a rule P. */
  public static @Nullable Departure departure(Rule rule) {
    for (Departure departure : Departure.values()) {
      if (departure.id().equals(rule.id())) {
        return departure;
      }
    }
    return null;
  }

  /** The rule that the switch turns. */
  public static Rule of(Departure departure) {
    return P.stream().filter(rule -> rule.id().equals(departure.id())).findFirst().orElseThrow();
  }

  /** The profiles that have the departure, in the order of {@link Profile#all()}. */
  public static List<Profile> profiles(Departure departure) {
    return Profile.all().stream().filter(profile -> profile.has(departure)).toList();
  }

  /** Whether the L0 of {@code profile} has the rule: of the rules P those of its own, of the others nearly all. */
  public static boolean isRuleOf(Rule rule, Profile profile) {
    Departure departure = departure(rule);
    if (departure != null) {
      return profile.has(departure);
    }
    boolean ofLists = rule.equals(FlushHypercallRules.H12);
    boolean ofL2Calls = rule.equals(CompletionRules.C1) || rule.equals(CompletionRules.C4);
    return !(ofLists && profile.has(Departure.NO_FLUSH_QUEUES))
        && !(ofL2Calls && profile.has(Departure.NO_L2_TLB_FLUSH));
  }

  /** Whether the L0 of {@code profile} can have a VM with so many vCPUs and VP indexes (P4). */
  public static boolean canBe(Profile profile, Snapshot snapshot) {
    if (!profile.has(Departure.FEWER_VCPUS)) {
      return true; // a snapshot has no more than the others allow
    }
    VirtualProcessors vcpus = snapshot.vcpus();
    boolean fits = vcpus.count() <= profile.mostVcpus();
    for (int vcpu = 0; vcpu < vcpus.count() && fits; vcpu++) {
      fits = vcpus.vpIndex(vcpu) < profile.mostVcpus();
    }
    return fits;
  }

  private static Rule rule(
      int number,
      Departure departure,
      String statement,
      String consequence,
      String kernel,
      List<Input> reads,
      Evidence evidence) {
    return new Rule(
        number, departure.id(), statement, consequence, kernel, Rule.NOT_SPECIFIED, reads, evidence);
  }

  private static String reason(Decided decided) {
    return "exit reason " + Words.hex(decided.exit().reason());
  }
}
