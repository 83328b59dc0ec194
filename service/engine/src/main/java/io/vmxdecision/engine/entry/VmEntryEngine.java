package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;

import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides a VM-entry.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>L1 is in VMX operation with CPL 0. With an eVMCS, rules E1 to E4 hold.
 *   <li>The engine has no state: one may be shared by all threads. Entry and decision belong to one
 *       thread at a time.
 *   <li>A decision depends on its entry alone, and changes no page: what would change is in the decision.
 *   <li>Deciding allocates nothing and throws nothing, whatever the bytes say.
 * </ol>
 */
public final class VmEntryEngine {
  /** What tells whether KVM lets the CPU enter, and does not park the vCPU: see {@link #CPU_ENTERS}. */
  static final List<EntryFact> WHETHER_THE_CPU_ENTERS =
      List.of(
          VmcsField.GUEST_ACTIVITY_STATE,
          VmcsField.VM_ENTRY_INTR_INFO_FIELD,
          VmcsField.CPU_BASED_VM_EXEC_CONTROL,
          VmcsField.GUEST_RFLAGS);

  private static final long ALL_CLEAN = 0xffff;
  private static final long ALL_ONES = -1L;
  private static final int HLT = 1;
  private static final int WAIT_FOR_SIPI = 3;

  /** L0 lets the CPU enter, and does not park the vCPU in its activity state. */
  static final Condition CPU_ENTERS =
      allOf(
          not(activity(WAIT_FOR_SIPI)),
          anyOf(
              not(activity(HLT)),
              injects(),
              on(Control.NMI_WINDOW_EXITING),
              allOf(on(Control.INTERRUPT_WINDOW_EXITING), interruptsEnabled())));

  /** Decides {@code entry} into {@code decision}. */
  public void decide(VmEntry entry, VmEntryDecision decision) {
    EntryFacts facts = entry.facts();
    EntryMode mode = EntryMode.of(entry);
    CheckList checks = EntryChecks.madeIn(mode);
    decision.begin(checks.checks());
    checks.judge(entry, facts, decision);
    decision.settle(mode == EntryMode.EVMCS ? 0 : facts.msrLoadArea().firstCheck());
    @Nullable EntryCheck first = decision.firstViolation();
    if (first != null) {
      fail(entry, first, decision);
    }
    if (mode == EntryMode.EVMCS) {
      if (decision.outcome() == EntryOutcome.VM_FAIL_INVALID) {
        decision.endsWithFirst(); // an unknown revision: L0 does not read the page any further
      }
      write(entry, first, decision);
    }
  }

  private static Condition activity(int state) {
    return is(VmcsField.GUEST_ACTIVITY_STATE, ALL_ONES, state);
  }

  private static void fail(VmEntry entry, EntryCheck first, VmEntryDecision decision) {
    EntryFailure failure = first.failure();
    int number = failure.number();
    switch (failure.outcome()) {
      case VM_FAIL_VALID -> {
        boolean resumed =
            failure == EntryFailure.LAUNCH_STATE && entry.instruction() == EntryInstruction.VMRESUME;
        decision.fails(EntryOutcome.VM_FAIL_VALID, resumed ? number + 1 : number, 0, 0);
      }
      case FAILED_ENTRY -> {
        long qualification =
            failure == EntryFailure.MSR_LOADING
                ? entry.readFacts().msrLoadArea().firstEntryNumber()
                : failure.qualification();
        decision.fails(EntryOutcome.FAILED_ENTRY, 0, number, qualification);
      }
      case VM_FAIL_INVALID, ENTERS -> decision.fails(failure.outcome(), 0, 0, 0);
    }
  }

  /** The eVMCS afterwards. Fields have to come in ascending order of their offset. */
  private static void write(
      VmEntry entry, @Nullable EntryCheck first, VmEntryDecision decision) {
    EnlightenedVmcs page = entry.evmcs();
    EvmcsWrites writes = decision.evmcsWrites();
    boolean unmapped = !entry.isEvmcsMapped();
    boolean launch = entry.instruction() == EntryInstruction.VMLAUNCH;
    long clean = page.value(EvmcsField.HV_CLEAN_FIELDS);
    if (first == null) {
      writes.write(page, EvmcsField.HV_CLEAN_FIELDS, clean | ALL_CLEAN);
      return;
    }
    if (decision.outcome() == EntryOutcome.VM_FAIL_INVALID) {
      return;
    }
    // vmcs02 is complete when the CPU refuses it: then the fields are clean.
    boolean late = first.stage() == EntryStage.CPU;
    boolean failedEntry = decision.outcome() == EntryOutcome.FAILED_ENTRY;
    // VMLAUNCH zeroes vmcs12 when it maps the page. L0 never reads exit information from the page, so
    // that writing it back leaves zeros.
    boolean zeroed = launch && unmapped && hasExitInformation(page);
    if (late && failedEntry) {
      writes.write(page, EvmcsField.GUEST_ACTIVITY_STATE, 0);
    }
    zeroIf(zeroed, writes, page, EvmcsField.GUEST_PHYSICAL_ADDRESS);
    if (failedEntry) {
      zeroIf(zeroed, writes, page, EvmcsField.VM_INSTRUCTION_ERROR);
      writes.write(page, EvmcsField.VM_EXIT_REASON, Integer.toUnsignedLong(decision.exitReason()));
    } else {
      writes.write(page, EvmcsField.VM_INSTRUCTION_ERROR, decision.instructionError());
      zeroIf(zeroed, writes, page, EvmcsField.VM_EXIT_REASON);
    }
    zeroIf(zeroed, writes, page, EvmcsField.VM_EXIT_INTR_INFO);
    zeroIf(zeroed, writes, page, EvmcsField.VM_EXIT_INTR_ERROR_CODE);
    zeroIf(zeroed, writes, page, EvmcsField.IDT_VECTORING_INFO_FIELD);
    zeroIf(zeroed, writes, page, EvmcsField.IDT_VECTORING_ERROR_CODE);
    zeroIf(zeroed, writes, page, EvmcsField.VM_EXIT_INSTRUCTION_LEN);
    zeroIf(zeroed, writes, page, EvmcsField.VMX_INSTRUCTION_INFO);
    if (failedEntry) {
      writes.write(page, EvmcsField.EXIT_QUALIFICATION, decision.exitQualification());
    } else {
      zeroIf(zeroed, writes, page, EvmcsField.EXIT_QUALIFICATION);
    }
    zeroIf(zeroed, writes, page, EvmcsField.GUEST_LINEAR_ADDRESS);
    if (late) {
      writes.write(page, EvmcsField.HV_CLEAN_FIELDS, clean | ALL_CLEAN);
    } else if (launch || unmapped) {
      writes.write(page, EvmcsField.HV_CLEAN_FIELDS, clean & ~ALL_CLEAN);
    }
  }

  private static boolean hasExitInformation(EnlightenedVmcs page) {
    long any = page.value(EvmcsField.GUEST_LINEAR_ADDRESS);
    int last = EvmcsField.EXIT_QUALIFICATION.offset();
    for (int at = EvmcsField.GUEST_PHYSICAL_ADDRESS.offset(); at <= last; at += Long.BYTES) {
      any |= page.word(at);
    }
    return any != 0;
  }

  private static void zeroIf(
      boolean zeroed, EvmcsWrites writes, EnlightenedVmcs page, EvmcsField field) {
    if (zeroed) {
      writes.write(page, field, 0);
    }
  }
}
