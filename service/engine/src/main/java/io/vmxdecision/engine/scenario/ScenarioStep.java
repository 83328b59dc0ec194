package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an event does. Reused: {@link Scenario#play} fills it, and what it says holds until the scenario plays
 * the next event. Not thread-safe.
 */
public final class ScenarioStep {
  /** What became of a VM-entry. */
  public enum EntryResult {
    /** L1's instruction succeeded: the vCPU is in L2. */
    ENTERED,
    /** #UD in L1: the eVMCS pointer is not in memory. */
    INVALID_OPCODE,
    /** VMfailInvalid: no eVMCS is enabled, or its revision is unknown. */
    VMFAIL_INVALID,
    /** VMfailValid: a check of the controls or of the host state does not hold. */
    VMFAIL_VALID,
    /** An exit to L1 with bit 31 of the reason set: a check of the guest state does not hold. */
    FAILED_ENTRY
  }

  /** What L0 did about L1's MSR bitmap at a VM-entry. */
  public enum MsrBitmapUse {
    /** L0 read it and merged it with its own. */
    MERGED,
    /** L0 kept what it had merged before. */
    KEPT,
    /** L1 does not use it. */
    UNUSED,
    /** L0 could not read it. */
    UNREADABLE
  }

  /** What became of a write to the VP assist MSR. */
  public enum MsrResult {
    /** It holds the value. */
    WRITTEN,
    /** #GP in L1; nothing changed. */
    GENERAL_PROTECTION
  }

  /** What became of a VMCLEAR. */
  public enum VmClearResult {
    /** VMsucceed. */
    SUCCEED,
    /** VMfailValid, with an error number. */
    VMFAIL_VALID,
    /** VMfailInvalid. */
    VMFAIL_INVALID
  }

  final Decision decision = new Decision();
  final VmExit exit = new VmExit();
  final EvmcsWrites enteredWrites = new EvmcsWrites(EvmcsField.values().length);
  final EvmcsWrites exitWrites = new EvmcsWrites(EvmcsField.values().length);
  final List<Drain> drained = new ArrayList<>();
  final List<StaleDatum> stale = new ArrayList<>();
  int vcpu;
  @Nullable Level entered;
  boolean nestedStatePages;
  boolean internalError;
  boolean writesDue;
  boolean decided;
  boolean exitWritesDue;
  @Nullable EntryResult entry;
  List<EntryCheck> violations = List.of();
  @Nullable EntryCheck firstViolation;
  int exitReason;
  long exitQualification;
  boolean pointerChanged;
  int cleanFieldsBefore;
  int cleanFieldsAfter;
  @Nullable MsrBitmapUse msrBitmap;
  @Nullable MsrResult msr;
  @Nullable VmClearResult vmClear;
  int instructionError;
  boolean released;
  boolean launchStateWritten;
  boolean saved;
  int savedFlags;
  int savedSize;
  boolean restored;
  boolean restoreInvalid;

  void clear(ScenarioEvent event) {
    vcpu = event.vcpu();
    entered = null;
    nestedStatePages = false;
    internalError = false;
    writesDue = false;
    enteredWrites.clear();
    exitWrites.clear();
    drained.clear();
    stale.clear();
    decided = false;
    exitWritesDue = false;
    entry = null;
    violations = List.of();
    firstViolation = null;
    exitReason = 0;
    exitQualification = 0;
    pointerChanged = false;
    cleanFieldsBefore = 0;
    cleanFieldsAfter = 0;
    msrBitmap = null;
    msr = null;
    vmClear = null;
    instructionError = 0;
    released = false;
    launchStateWritten = false;
    saved = false;
    savedFlags = 0;
    savedSize = 0;
    restored = false;
    restoreInvalid = false;
  }

  /** The index of the event's vCPU. */
  public int vcpu() {
    return vcpu;
  }

  /**
   * The level that L0 entered before the event, or null when entering did nothing besides flushing and was
   * not the event itself. What follows up to {@link #enteredWrites()} is said of it.
   */
  public @Nullable Level entered() {
    return entered;
  }

  /** Whether L0 served a nested-state request. */
  public boolean servedNestedState() {
    return nestedStatePages;
  }

  /** Whether that failed (KVM_EXIT_INTERNAL_ERROR): then the event did not happen. */
  public boolean isInternalError() {
    return internalError;
  }

  /** What the write-back changed in the eVMCS page, or null when none was due or no eVMCS is mapped. */
  public @Nullable EvmcsWrites enteredWrites() {
    return writesDue ? enteredWrites : null;
  }

  /** What was flushed, in the order of doing. */
  public List<Drain> drained() {
    return Collections.unmodifiableList(drained);
  }

  /**
   * The decision of an exit or of L0's own exit to L1, or null. Its writes are those to vmcs12; see {@link
   * #exitWrites()}. The queues hold what it queued already: read them with {@link
   * io.vmxdecision.engine.decision.TlbMutation#wrapApplied}.
   */
  public @Nullable Decision decision() {
    return decided ? decision : null;
  }

  /** The exit that the decision was made of, with the registers as the decision leaves them. */
  public VmExit exit() {
    return exit;
  }

  /**
   * What the write-back of an exit to L1, or of a failed VM-entry, would change in the eVMCS page now, or
   * null without one, or when no eVMCS is mapped.
   */
  public @Nullable EvmcsWrites exitWrites() {
    return exitWritesDue ? exitWrites : null;
  }

  /** What became of a VM-entry, or null. */
  public @Nullable EntryResult entry() {
    return entry;
  }

  /** The checks of the VM-entry that do not hold, in order; none unless the machine checks entries. */
  public List<EntryCheck> violations() {
    return violations;
  }

  /** The check that L0 or the CPU acted on, or null. */
  public @Nullable EntryCheck firstViolation() {
    return firstViolation;
  }

  /** The reason, 32 bits, of an exit with {@link EntryResult#FAILED_ENTRY}; else 0. */
  public int failedEntryReason() {
    return exitReason;
  }

  /** The qualification with {@link EntryResult#FAILED_ENTRY}; else 0. */
  public long failedEntryQualification() {
    return exitQualification;
  }

  /** Whether the VM-entry changed the eVMCS pointer. */
  public boolean evmcsGpaChanged() {
    return pointerChanged;
  }

  /** Whether the VM-entry loaded that group, one with a bit. */
  public boolean isReloaded(CleanFieldGroup group) {
    return group.bit() >= 0 && (cleanFieldsBefore >>> group.bit() & 1) == 0;
  }

  /** {@code hv_clean_fields} after the VM-entry, 32 bits. */
  public int cleanFieldsAfter() {
    return cleanFieldsAfter;
  }

  /** What the VM-entry did about the MSR bitmap, or null. */
  public @Nullable MsrBitmapUse msrBitmap() {
    return msrBitmap;
  }

  /** What became of a write to the VP assist MSR, or null. */
  public @Nullable MsrResult msr() {
    return msr;
  }

  /** What became of a VMCLEAR, or null. */
  public @Nullable VmClearResult vmClear() {
    return vmClear;
  }

  /** The VM-instruction error: 2 with a VMCLEAR that is VMfailValid, 7 or 8 with such a VM-entry; else 0. */
  public int instructionError() {
    return instructionError;
  }

  /** Whether the VMCLEAR released the eVMCS. */
  public boolean isReleased() {
    return released;
  }

  /** Whether the VMCLEAR wrote a launch state into memory, at its address + 8. */
  public boolean isLaunchStateWritten() {
    return launchStateWritten;
  }

  /** Whether the event was a save. */
  public boolean isSaved() {
    return saved;
  }

  /** The flags of the saved state: 1 guest mode, 2 run pending, 4 eVMCS. */
  public int savedFlags() {
    return savedFlags;
  }

  /** The size of the saved state in bytes: 128 or 4,224. */
  public int savedSize() {
    return savedSize;
  }

  /** Whether the event was a restore. */
  public boolean isRestored() {
    return restored;
  }

  /** Whether the restore failed with EINVAL. */
  public boolean isRestoreInvalid() {
    return restoreInvalid;
  }

  /** What is stale after the event: by vCPU, then by address, those without one last. */
  public List<StaleDatum> stale() {
    return Collections.unmodifiableList(stale);
  }
}
