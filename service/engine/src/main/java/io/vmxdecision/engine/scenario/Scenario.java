package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.EntryStage;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.scenario.ScenarioEvent.Given;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.scenario.ScenarioStep.MsrResult;
import io.vmxdecision.engine.scenario.ScenarioStep.VmClearResult;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A machine on which events are played, one after the other (rules T).
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>What {@link Profile#assumptions()} says holds, but that pages are as L0 last read them: here that is
 *       followed. VM-entry checks pass, unless the machine takes them. L1 uses no ordinary VMCS, does not
 *       VMCLEAR its VMXON region, and there is no SMM. L0 has EPT and VPID, and enables the eVMCS.
 *       {@code guest_activity_state} is 0. Nothing else flushes TLBs. Of what L0 emulates only the flush
 *       hypercall is followed.
 *   <li>A step depends on the machine and the events so far alone.
 *   <li>The state is bounded: a million events need no more memory than ten.
 *   <li>Not thread-safe.
 * </ol>
 */
public final class Scenario {
  /** VMCLEAR writes the launch state of an ordinary VMCS there, 32 bits. KVM {@code struct vmcs12}. */
  private static final int LAUNCH_STATE_OFFSET = 8;

  private static final long ABOVE_PHYSICAL = -1L << 52;
  private static final int VMCLEAR_INVALID_ADDRESS = 2;
  private static final long BLOCKING_BY_STI_OR_MOV_SS = 3;

  /** N-G21. */
  private static final int FIRST_CHECK_OF_PREPARE_VMCS02 = 21;

  private final DecisionEngine engine;
  private final Snapshot snapshot;
  private final GuestMemory memory;
  private final VcpuState[] vcpus;
  private final EvmcsCopies copies;
  private final Transitions transitions;
  private final NestedStates nestedStates;
  private final @Nullable CheckedEntries entries;
  private final StaleData staleData;
  private final VmExit exit = new VmExit();
  private final byte[] vpAssistCopy = new byte[PageView.PAGE_BYTES];
  private final byte[] partitionAssistWord = new byte[PageView.PAGE_BYTES];
  private DecisionObserver observer = (snapshot, exit, decision) -> {};

  /** Is told of decisions on exits, while what they were made of still is as it was. */
  @FunctionalInterface
  public interface DecisionObserver {
    /**
     * A decision was made and is not carried out yet.
     *
     * @param snapshot what L0 went by; to be read only, like the others
     */
    void decided(Snapshot snapshot, VmExit exit, Decision decision);
  }

  /** Plays on {@code machine} as the L0 of {@link Profile#DEFAULT} does. */
  public Scenario(ScenarioMachine machine) {
    this(machine, Profile.DEFAULT);
  }

  /** Plays on {@code machine}, which had no fault and is the scenario's from now on. */
  public Scenario(ScenarioMachine machine, Profile profile) {
    engine = DecisionEngine.of(profile);
    snapshot = machine.snapshot();
    memory = snapshot.memory();
    vcpus = new VcpuState[snapshot.vcpus().count()];
    copies = new EvmcsCopies(profile.evmcs());
    transitions = new Transitions(snapshot, copies);
    nestedStates = new NestedStates(transitions, machine.hasVmcsShadowing());
    entries = machine.checksEntries() ? new CheckedEntries(snapshot) : null;
    staleData = new StaleData(copies, memory);
    snapshot.vpAssistPage().wrap(vpAssistCopy, 0);
    long[] msrs = machine.vpAssistMsrs();
    for (int i = 0; i < vcpus.length; i++) {
      vcpus[i] = new VcpuState();
    }
    for (int i = 0; i < vcpus.length; i++) {
      if (msrs[i] != 0) {
        transitions.writeAssistMsr(vcpus[i], msrs[i]);
      }
    }
  }

  /** Tells {@code observer}, in place of the one before, of the decisions from now on. */
  public void observe(DecisionObserver observer) {
    this.observer = observer;
  }

  /** How many vCPUs there are. */
  public int vcpuCount() {
    return vcpus.length;
  }

  /** The level that vCPU {@code vcpu} is in: L1 or L2. */
  public Level level(int vcpu) {
    return vcpus[vcpu].level;
  }

  /** Whether an eVMCS is mapped for it; then {@link #evmcsGpa} has a meaning. */
  public boolean isEvmcsMapped(int vcpu) {
    return vcpus[vcpu].isMapped();
  }

  /** The eVMCS pointer, 64 bits, with any low bits that L1 has set. */
  public long evmcsGpa(int vcpu) {
    return vcpus[vcpu].pointer;
  }

  /** Whether the eVMCS of a restored state is still to be mapped. */
  public boolean isMapPending(int vcpu) {
    return vcpus[vcpu].pointer == VcpuState.PENDING;
  }

  /** The kept VmId, 64 bits. */
  public long vmId(int vcpu) {
    return vcpus[vcpu].vmId();
  }

  /** The kept VpId, 32 bits, unsigned. */
  public int vpId(int vcpu) {
    return vcpus[vcpu].vpId();
  }

  /** The kept address of the partition assist page; all ones for none. */
  public long partitionAssistPage(int vcpu) {
    return vcpus[vcpu].partitionAssistPage();
  }

  /** DirectHypercall in the copy of the VP assist page. */
  public boolean directHypercall(int vcpu) {
    return vcpus[vcpu].directHypercall;
  }

  /** The pending flush entries of all vCPUs, their VP indexes and kept ids. To be read only. */
  public VirtualProcessors queues() {
    return snapshot.vcpus();
  }

  /** What decisions read: for {@link io.vmxdecision.engine.decision.TlbMutation}. To be read only. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /**
   * What L0 goes by when L2 exits on vCPU {@code vcpu} now. Its eVMCS is vmcs12, with the ids and the address
   * of the partition assist page that L0 keeps, and {@code hv_enlightenments_control} as the mapped page has
   * it. Of the VP assist page only DirectHypercall counts. To be read only, and until the next event.
   */
  public Snapshot held(int vcpu) {
    prepare(vcpu, vcpus[vcpu]);
    return snapshot;
  }

  /** L1's memory as it is now. To be read only. */
  public GuestMemory memory() {
    return memory;
  }

  /** Why {@code event} cannot be now, or null if it can. Changes nothing. */
  public @Nullable ScenarioFault check(ScenarioEvent event) {
    if (event.vcpu() < 0 || event.vcpu() >= vcpus.length) {
      return ScenarioFault.NO_SUCH_VCPU;
    }
    VcpuState vcpu = vcpus[event.vcpu()];
    return switch (event) {
      case ScenarioEvent.Write write -> checkWrites(write.writes());
      case ScenarioEvent.WriteVpAssistMsr _ -> needs(Level.L1, vcpu);
      case ScenarioEvent.VmEntry _ -> needs(Level.L1, vcpu);
      case ScenarioEvent.VmClear _ -> needs(Level.L1, vcpu);
      case ScenarioEvent.Inject _ -> needs(Level.L2, vcpu);
      case ScenarioEvent.Exit happened -> vcpu.level == Level.L1
          && EligibilityRules.flushCode(happened.exit()) == null
              ? ScenarioFault.NOT_A_FLUSH_HYPERCALL
              : null;
      case ScenarioEvent.Restore _ -> vcpu.saved == null ? ScenarioFault.NOTHING_SAVED : null;
      case ScenarioEvent.Enter _ -> null;
      case ScenarioEvent.Save _ -> null;
    };
  }

  private @Nullable ScenarioFault checkWrites(List<MemoryWrite> writes) {
    for (MemoryWrite write : writes) {
      if (!memory.covers(write.gpa(), write.bytes().length)) {
        return ScenarioFault.OUTSIDE_MEMORY;
      }
    }
    return null;
  }

  private static @Nullable ScenarioFault needs(Level level, VcpuState vcpu) {
    if (vcpu.level == level) {
      return null;
    }
    return level == Level.L1 ? ScenarioFault.NOT_IN_L1 : ScenarioFault.NOT_IN_L2;
  }

  /**
   * Plays {@code event} into {@code step}.
   *
   * @return why the event cannot be, or null; if it cannot, nothing has changed, the step neither
   */
  public @Nullable ScenarioFault play(ScenarioEvent event, ScenarioStep step) {
    ScenarioFault fault = check(event);
    if (fault != null) {
      return fault;
    }
    step.clear(event);
    VcpuState vcpu = vcpus[event.vcpu()];
    if (!entersBefore(event, vcpu) || transitions.enterGuest(event, vcpu, step)) {
      happen(event, vcpu, step);
    }
    for (int i = 0; i < vcpus.length; i++) {
      staleData.find(i, vcpus[i], step.stale);
    }
    return null;
  }

  /** Whether L0 has to enter the guest for the event to happen: L0 enters as late as it can (T6). */
  private static boolean entersBefore(ScenarioEvent event, VcpuState vcpu) {
    return switch (event) {
      case ScenarioEvent.Inject _ -> vcpu.runPending;
      case ScenarioEvent.Save _ -> false;
      case ScenarioEvent.Restore _ -> false;
      default -> true;
    };
  }

  private void happen(ScenarioEvent event, VcpuState vcpu, ScenarioStep step) {
    switch (event) {
      case ScenarioEvent.Write write -> write(write.writes());
      case ScenarioEvent.WriteVpAssistMsr write -> step.msr =
          transitions.writeAssistMsr(vcpu, write.value())
              ? MsrResult.WRITTEN
              : MsrResult.GENERAL_PROTECTION;
      case ScenarioEvent.VmEntry entry -> enterL2(entry, vcpu, step);
      case ScenarioEvent.VmClear clear -> vmClear(clear.gpa(), vcpu, step);
      case ScenarioEvent.Exit happened -> exit(happened, vcpu, step);
      case ScenarioEvent.Inject inject -> inject(inject, vcpu, step);
      case ScenarioEvent.Enter _ -> {
        // entered already
      }
      case ScenarioEvent.Save _ -> nestedStates.save(event.vcpu(), vcpu, step);
      case ScenarioEvent.Restore restore -> {
        VcpuState.Saved saved = vcpu.saved;
        if (saved != null) { // as checked
          nestedStates.restore(restore, vcpu, saved, step);
        }
      }
    }
  }

  private void write(List<MemoryWrite> writes) {
    for (MemoryWrite write : writes) {
      byte[] mask = write.mask();
      byte[] bytes = write.bytes();
      if (mask != null) {
        bytes = bytes.clone();
        for (int i = 0; i < bytes.length; i++) {
          int old = memory.u8(write.gpa() + i);
          bytes[i] = (byte) ((bytes[i] & mask[i]) | (old & ~mask[i]));
        }
      }
      memory.write(write.gpa(), bytes);
    }
  }

  /** Rule T4. */
  private void enterL2(ScenarioEvent.VmEntry event, VcpuState vcpu, ScenarioStep step) {
    long before = vcpu.pointer;
    switch (transitions.map(event.vcpu(), vcpu, event.launch())) {
      case ERROR -> step.entry = EntryResult.INVALID_OPCODE;
      case REFUSED, DISABLED -> step.entry = EntryResult.VMFAIL_INVALID;
      case MAPPED -> {
        step.entry = EntryResult.ENTERED;
        step.pointerChanged = vcpu.pointer != before;
        EnlightenedVmcs page = vcpu.referenced;
        int clean = page.cleanFields();
        step.cleanFieldsBefore = clean;
        transitions.load(event.vcpu(), vcpu, clean);
        VmEntryDecision checked = entries == null ? null : entries.check(event, vcpu, step);
        if (checked != null && failsBefore(checked, EntryStage.GUEST_STATE)) {
          failEntry(checked, vcpu, step);
          return;
        }
        step.msrBitmap = transitions.lookAtBitmap(vcpu);
        if (checked != null && failsBefore(checked, EntryStage.CPU)) {
          failEntry(checked, vcpu, step);
          if (failsInL2(checked)) {
            transitions.changeLevel(vcpu, Level.L2);
          }
          transitions.changeLevel(vcpu, Level.L1); // L0 loads L1's state, as at an exit
          return;
        }
        vcpu.runPending = true;
        vcpu.takeGuestState();
        transitions.changeLevel(vcpu, Level.L2);
        step.cleanFieldsAfter = clean | EvmcsCopies.ALL_CLEAN;
        page.value(EvmcsField.HV_CLEAN_FIELDS, Integer.toUnsignedLong(step.cleanFieldsAfter));
        if (checked != null && checked.firstViolation() != null) {
          failInCpu(event, checked, vcpu, step);
        }
      }
    }
  }

  /** Whether L0 refuses the entry before it comes to {@code stage}. */
  private static boolean failsBefore(VmEntryDecision checked, EntryStage stage) {
    EntryCheck first = checked.firstViolation();
    return first != null && first.stage().compareTo(stage) < 0;
  }

  /** Whether L0 had asked for the flushes of an entry into L2 when it refused: in prepare_vmcs02() or later. */
  private static boolean failsInL2(VmEntryDecision checked) {
    EntryCheck first = checked.firstViolation();
    return first != null
        && (first.stage() == EntryStage.MSR_LOAD || first.number() >= FIRST_CHECK_OF_PREPARE_VMCS02);
  }

  /** L0 itself refuses the entry: vmcs12 says so, and is written into the page when L1 goes on. */
  private void failEntry(VmEntryDecision checked, VcpuState vcpu, ScenarioStep step) {
    if (checked.outcome() == EntryOutcome.FAILED_ENTRY) {
      step.entry = EntryResult.FAILED_ENTRY;
      step.exitReason = checked.exitReason();
      step.exitQualification = checked.exitQualification();
      vcpu.vmcs12.value(EvmcsField.VM_EXIT_REASON, Integer.toUnsignedLong(step.exitReason));
      vcpu.vmcs12.value(EvmcsField.EXIT_QUALIFICATION, step.exitQualification);
    } else {
      step.entry = EntryResult.VMFAIL_VALID;
      step.instructionError = checked.instructionError();
      vcpu.vmcs12.value(EvmcsField.VM_INSTRUCTION_ERROR, step.instructionError);
    }
    vcpu.writeBackPending = true;
    step.exitWritesDue = true;
    copies.store(vcpu.vmcs12, vcpu.referenced, step.exitWrites);
  }

  /** The CPU refuses the entry, once L0 has entered L2. */
  private void failInCpu(
      ScenarioEvent.VmEntry event, VmEntryDecision checked, VcpuState vcpu, ScenarioStep step) {
    transitions.enterGuest(event, vcpu, step);
    if (checked.outcome() == EntryOutcome.FAILED_ENTRY) {
      VmExit refused = new VmExit();
      refused.reason(checked.exitReason());
      refused.qualification(checked.exitQualification());
      refused.instructionLength(vcpu.instructionLength); // a CPU that refuses an entry leaves it
      exit(new ScenarioEvent.Exit(event.vcpu(), refused, Set.of()), vcpu, step);
      step.decided = false;
      step.entry = EntryResult.FAILED_ENTRY;
      step.exitReason = checked.exitReason();
      step.exitQualification = checked.exitQualification();
    } else {
      Transitions.undoEntry(vcpu);
      failEntry(checked, vcpu, step);
    }
  }

  /** Rule T9. */
  private void vmClear(long gpa, VcpuState vcpu, ScenarioStep step) {
    if ((gpa & (PageView.PAGE_BYTES - 1)) != 0 || (gpa & ABOVE_PHYSICAL) != 0) {
      if (vcpu.isMapped()) {
        step.vmClear = VmClearResult.VMFAIL_VALID;
        step.instructionError = VMCLEAR_INVALID_ADDRESS;
        vcpu.vmcs12.value(EvmcsField.VM_INSTRUCTION_ERROR, VMCLEAR_INVALID_ADDRESS);
        vcpu.writeBackPending = true;
      } else {
        step.vmClear = VmClearResult.VMFAIL_INVALID;
      }
      return;
    }
    step.vmClear = VmClearResult.SUCCEED;
    if (!Transitions.lookUp(vcpu)) {
      // Not in memory, the write is lost.
      step.launchStateWritten = memory.write(gpa + LAUNCH_STATE_OFFSET, new byte[Integer.BYTES]);
    } else if (vcpu.isMapped() && vcpu.pointer == gpa) {
      transitions.release(step.vcpu, vcpu);
      step.released = true;
    }
  }

  private void exit(ScenarioEvent.Exit event, VcpuState vcpu, ScenarioStep step) {
    VmExit happened = step.exit;
    happened.copyFrom(event.exit());
    happened.from(vcpu.level);
    fillDefaults(happened, event.given(), vcpu);
    Decision decision = step.decision;
    step.decided = true;
    prepare(event.vcpu(), vcpu);
    if (vcpu.level == Level.L1) {
      decide(happened, vcpu, decision);
      decision.applyTo(snapshot, happened);
      requestFlushes(decision);
      return;
    }
    long interruptibilityInVmcs12 = vcpu.vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO);
    vcpu.vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO, vcpu.interruptibility);
    decide(happened, vcpu, decision);
    decision.applyTo(snapshot, happened);
    requestFlushes(decision);
    remember(happened, vcpu);
    if (decision.exitToL1().isPresent()) {
      leaveL2(event.vcpu(), vcpu, step);
      return;
    }
    vcpu.vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO, interruptibilityInVmcs12);
    if (decision.hypercall().isHandled() && !decision.hypercall().isInvalidOpcode()) {
      vcpu.interruptibility &= ~BLOCKING_BY_STI_OR_MOV_SS; // rule C3
    }
  }

  private void decide(VmExit happened, VcpuState vcpu, Decision decision) {
    engine.decideOnCopies(snapshot, happened, vcpu.referenced.isGiven(), decision);
    observer.decided(snapshot, happened, decision);
  }

  private static void fillDefaults(VmExit exit, Set<Given> given, VcpuState vcpu) {
    boolean inL2 = vcpu.level == Level.L2;
    Registers registers = exit.registers();
    if (!given.contains(Given.RSP)) {
      registers.general(Registers.RSP, inL2 ? vcpu.rsp : 0);
    }
    if (!given.contains(Given.RIP)) {
      registers.rip(inL2 ? vcpu.rip : 0);
    }
    if (!given.contains(Given.RFLAGS)) {
      registers.rflags(inL2 ? vcpu.rflags : 0);
    }
    if (!given.contains(Given.INSTRUCTION_INFO)) {
      exit.instructionInfo(vcpu.instructionInfo);
    }
    if (!given.contains(Given.GUEST_LINEAR_ADDRESS)) {
      exit.guestLinearAddress(vcpu.guestLinearAddress);
    }
  }

  /** Makes the snapshot what L0 goes by for an exit of the vCPU. */
  private void prepare(int index, VcpuState vcpu) {
    snapshot.vcpu(index);
    EnlightenedVmcs vmcs12 = snapshot.evmcs();
    vcpu.wrapVmcs12(vmcs12);
    // nested_flush_hypercall is read in the page at each use, as the lock count is.
    int enlightenments = vcpu.referenced.isGiven() ? vcpu.referenced.enlightenmentsControl() : 0;
    vmcs12.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, Integer.toUnsignedLong(enlightenments));
    snapshot.vpAssistPage().directHypercall(vcpu.directHypercall);
    readPartitionAssistPage(vcpu.partitionAssistPage());
  }

  /** The address may have low bits: L0 reads four bytes there, wherever they lie. */
  private void readPartitionAssistPage(long gpa) {
    PartitionAssistPage page = snapshot.partitionAssistPage();
    if (!memory.covers(gpa, Integer.BYTES)) {
      page.unwrap();
      return;
    }
    for (int i = 0; i < Integer.BYTES; i++) {
      partitionAssistWord[PartitionAssistPage.TLB_LOCK_COUNT_OFFSET + i] = (byte) memory.u8(gpa + i);
    }
    page.wrap(partitionAssistWord, 0);
  }

  /** Rule M asks the targets to flush, whichever level they are in. */
  private void requestFlushes(Decision decision) {
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      vcpus[decision.tlbMutations().vcpu(i)].flushRequest = true;
    }
  }

  private static void remember(VmExit exit, VcpuState vcpu) {
    vcpu.rsp = exit.registers().general(Registers.RSP);
    vcpu.rip = exit.registers().rip();
    vcpu.rflags = exit.registers().rflags();
    vcpu.instructionLength = exit.instructionLength();
    vcpu.instructionInfo = exit.instructionInfo();
    vcpu.guestLinearAddress = exit.guestLinearAddress();
    vcpu.eventInfo = exit.idtVectoringInfo();
    vcpu.eventErrorCode = exit.idtVectoringErrorCode();
  }

  private void inject(ScenarioEvent.Inject event, VcpuState vcpu, ScenarioStep step) {
    exit.clear();
    exit.reason(event.reason() & ~ExitReason.ENCLAVE_MODE);
    exit.qualification(event.qualification());
    exit.interruptionInfo(event.interruptionInfo());
    // L0 leaves the error code in vmcs12 as it is: only a reflected exit brings one.
    exit.interruptionErrorCode((int) vcpu.vmcs12.value(EvmcsField.VM_EXIT_INTR_ERROR_CODE));
    exit.instructionLength(vcpu.instructionLength);
    exit.instructionInfo(vcpu.instructionInfo);
    exit.guestLinearAddress(vcpu.guestLinearAddress);
    exit.idtVectoringInfo(vcpu.eventInfo);
    exit.idtVectoringErrorCode(vcpu.eventErrorCode);
    exit.registers().general(Registers.RSP, vcpu.rsp);
    exit.registers().rip(vcpu.rip);
    exit.registers().rflags(vcpu.rflags);
    step.exit.copyFrom(exit);
    step.decided = true;
    vcpu.wrapVmcs12(snapshot.evmcs());
    vcpu.vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO, vcpu.interruptibility);
    engine.forceExitToL1(snapshot, step.exit, step.decision);
    step.decision.exitToL1().evmcsWrites().applyTo(vcpu.vmcs12);
    leaveL2(event.vcpu(), vcpu, step);
  }

  /** Rule T5; vmcs12 has been written. */
  private void leaveL2(int index, VcpuState vcpu, ScenarioStep step) {
    transitions.leaveL2(index, vcpu, step);
    vcpu.writeBackPending = true;
    if (vcpu.isMapped()) {
      step.exitWritesDue = true;
      copies.store(vcpu.vmcs12, vcpu.referenced, step.exitWrites);
    }
  }
}
