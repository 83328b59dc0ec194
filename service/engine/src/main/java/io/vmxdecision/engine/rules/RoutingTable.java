package io.vmxdecision.engine.rules;

import static io.vmxdecision.engine.vmx.BasicExitReason.*;
import static io.vmxdecision.engine.vmx.Control.*;
import static java.util.Objects.requireNonNull;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Departures;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.Control;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The routing table of rule R: a row a basic reason, what it asks, and under which rule. A reason
 * without a row is always L1's. Immutable. KVM {@code nested_vmx_l0_wants_exit()} and {@code
 * nested_vmx_l1_wants_exit()}.
 */
final class RoutingTable {
  /** A row: the condition, and the rule that it is besides R: R-CR, R-IO, R-MSR or none. */
  record Row(RoutingCondition condition, @Nullable Rule own) {}

  private static final RoutingCondition L0 = new RoutingCondition.Fixed(RoutingGround.KEPT_BY_L0, false);
  private static final RoutingCondition L1 = new RoutingCondition.Fixed(RoutingGround.ALWAYS_WANTED, true);
  private static final RoutingCondition NEVER_L1 =
      new RoutingCondition.Fixed(RoutingGround.NEVER_WANTED, false);

  private static final Row DEFAULT = new Row(L1, null);

  /** The table of {@code kvm-6.12}. */
  static final RoutingTable KVM_6_12 = new RoutingTable(Departures.NONE);

  private final @Nullable Row[] rows = new @Nullable Row[MSR_WRITE_IMM.number() + 1];

  private RoutingTable(Departures departures) {
    // L0 always keeps
    row(EXTERNAL_INTERRUPT, L0);
    row(MCE_DURING_VMENTRY, L0);
    row(EPT_VIOLATION, L0);
    row(EPT_MISCONFIG, L0);
    row(PREEMPTION_TIMER, L0);
    row(VMFUNC, L0);
    row(PML_FULL, L0);
    row(BUS_LOCK, L0);

    // L1 always wants
    row(TRIPLE_FAULT, L1);
    row(INIT_SIGNAL, L1);
    row(SIPI_SIGNAL, L1);
    row(IO_SMI, L1);
    row(OTHER_SMI, L1);
    row(TASK_SWITCH, L1);
    row(BasicExitReason.CPUID, L1);
    row(GETSEC, L1);
    row(INVD, L1);
    row(RSM, L1);
    row(VMCLEAR, L1);
    row(VMLAUNCH, L1);
    row(VMPTRLD, L1);
    row(VMPTRST, L1);
    row(VMRESUME, L1);
    row(VMOFF, L1);
    row(VMON, L1);
    row(INVALID_STATE, L1);
    row(MSR_LOAD_FAIL, L1);
    row(APIC_ACCESS, L1);
    row(EOI_INDUCED, L1);
    row(INVEPT, L1);
    row(INVVPID, L1);
    row(XSETBV, L1);
    row(APIC_WRITE, L1);
    row(PCONFIG, L1);
    row(SPP_EVENT, L1);
    row(LOADIWKEY, L1);
    row(ENCLV, L1);
    row(ENQCMD, L1);
    row(ENQCMDS, L1);
    row(SEAMCALL, L1);
    row(TDCALL, L1);

    // L1 never wants
    row(NOTIFY, NEVER_L1);

    // by a control
    row(INTERRUPT_WINDOW, when(INTERRUPT_WINDOW_EXITING));
    row(NMI_WINDOW, when(NMI_WINDOW_EXITING));
    row(HLT, when(HLT_EXITING));
    row(INVLPG, when(INVLPG_EXITING));
    row(RDPMC, when(RDPMC_EXITING));
    row(RDTSC, when(RDTSC_EXITING));
    row(RDTSCP, when(RDTSC_EXITING));
    row(DR_ACCESS, when(MOV_DR_EXITING));
    row(MWAIT_INSTRUCTION, when(MWAIT_EXITING));
    row(MONITOR_INSTRUCTION, when(MONITOR_EXITING));
    row(PAUSE_INSTRUCTION, either(PAUSE_EXITING, PAUSE_LOOP_EXITING));
    row(TPR_BELOW_THRESHOLD, when(USE_TPR_SHADOW));
    row(GDTR_IDTR, when(DESCRIPTOR_TABLE_EXITING));
    row(LDTR_TR, when(DESCRIPTOR_TABLE_EXITING));
    row(WBINVD, when(WBINVD_EXITING));
    row(RDRAND, when(RDRAND_EXITING));
    row(RDSEED, when(RDSEED_EXITING));
    row(INVPCID, both(ENABLE_INVPCID, INVLPG_EXITING));
    row(XSAVES, when(ENABLE_XSAVES));
    row(XRSTORS, when(ENABLE_XSAVES));
    row(UMWAIT, when(ENABLE_USER_WAIT_AND_PAUSE));
    row(TPAUSE, when(ENABLE_USER_WAIT_AND_PAUSE));

    // by more than that
    row(VMCALL, new VmcallCondition());
    row(EXCEPTION_NMI, new ExceptionCondition(true));
    row(VMREAD, new VmcsAccessCondition());
    row(VMWRITE, new VmcsAccessCondition());
    row(CR_ACCESS, new CrAccessCondition(), CrAccessCondition.R_CR);
    row(IO_INSTRUCTION, new IoCondition(), IoCondition.R_IO);
    row(MSR_READ, new MsrCondition(), MsrCondition.R_MSR);
    row(MSR_WRITE, new MsrCondition(), MsrCondition.R_MSR);
    row(BasicExitReason.MONITOR_TRAP_FLAG, new MonitorTrapFlagCondition());
    row(ENCLS, new EnclsCondition());

    depart(departures);
  }

  private void depart(Departures departures) {
    if (departures.has(Departure.NO_L2_TLB_FLUSH)) {
      row(VMCALL, departing(DepartureRules.P1, L1));
    }
    if (departures.has(Departure.VIRTUALIZATION_EXCEPTION_BY_BITMAP)) {
      row(EXCEPTION_NMI, new ExceptionCondition(false));
    }
    if (departures.has(Departure.MSR_IMMEDIATE_BY_BITMAP)) {
      RoutingCondition immediate = departing(DepartureRules.P6, new MsrCondition());
      row(MSR_READ_IMM, immediate, MsrCondition.R_MSR);
      row(MSR_WRITE_IMM, immediate, MsrCondition.R_MSR);
    }
    if (departures.has(Departure.XSAVES_FOR_L1)) {
      row(XSAVES, departing(DepartureRules.P7, L1));
      row(XRSTORS, departing(DepartureRules.P7, L1));
    }
    if (departures.has(Departure.TDX_CALLS_NEVER_FOR_L1)) {
      row(SEAMCALL, departing(DepartureRules.P8, NEVER_L1));
      row(TDCALL, departing(DepartureRules.P8, NEVER_L1));
    }
    if (departures.has(Departure.CPUID_FAULTING)) {
      row(BasicExitReason.CPUID, new CpuidCondition());
    }
  }

  /** The table of an L0 that departs so. */
  static RoutingTable of(Departures departures) {
    return departures.equals(Departures.NONE) ? KVM_6_12 : new RoutingTable(departures);
  }

  /** The row of a basic reason, 0..65,535. */
  Row row(int basicReason) {
    Row row = basicReason < rows.length ? rows[basicReason] : null;
    return row == null ? DEFAULT : row;
  }

  /** What the rows ask of, besides the basic reason: all but those with a rule of their own. */
  List<Input> reads() {
    return Stream.concat(
        Stream.of(ExitReasonRules.BASIC_REASON),
        Arrays.stream(rows)
            .filter(row -> row != null && row.own() == null)
            .flatMap(row -> requireNonNull(row).condition().reads().stream()))
        .distinct()
        .toList();
  }

  private void row(BasicExitReason reason, RoutingCondition condition) {
    row(reason, condition, null);
  }

  private void row(BasicExitReason reason, RoutingCondition condition, @Nullable Rule own) {
    rows[reason.number()] = new Row(condition, own);
  }

  private static RoutingCondition departing(Rule rule, RoutingCondition condition) {
    return new RoutingCondition.Departing(rule, condition);
  }

  private static RoutingCondition when(Control control) {
    return new RoutingCondition.OneControl(control);
  }

  private static RoutingCondition either(Control first, Control second) {
    return new RoutingCondition.EitherControl(first, second);
  }

  private static RoutingCondition both(Control first, Control second) {
    return new RoutingCondition.BothControls(first, second);
  }
}
