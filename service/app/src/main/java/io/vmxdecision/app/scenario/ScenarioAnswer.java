package io.vmxdecision.app.scenario;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.decision.DecisionAnswer.EffectPart;
import io.vmxdecision.app.decision.DecisionAnswer.EvmcsWritePart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decision.DecisionAnswer.HypercallPart;
import io.vmxdecision.app.decision.DecisionAnswer.L2TlbFlushPart;
import io.vmxdecision.app.decision.DecisionAnswer.RegistersAfterPart;
import io.vmxdecision.app.decision.DecisionAnswer.TlbMutationPart;
import io.vmxdecision.app.decision.DecisionRequest.PendingFlushPart;
import io.vmxdecision.app.decision.GuestLevel;
import io.vmxdecision.app.decision.HandlerLevel;
import io.vmxdecision.app.decision.RereadName;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a scenario, as it stands in JSON. What does not apply is left out.
 *
 * @param steps made one by one while they are written, so that no more than one is held; to be gone through
 *     once
 */
@Schema(name = "ScenarioAnswer", description = "What the events did.")
@JsonInclude(JsonInclude.Include.NON_NULL)
record ScenarioAnswer(
    @Schema(description = "The id of the request.") @Nullable String id,
    @Schema(description = "A step for each event, in the same order.", implementation = StepAnswer[].class,
        requiredMode = RequiredMode.REQUIRED) Iterable<StepAnswer> steps) {

  /** A step. */
  @Schema(name = "ScenarioStep", description = "What an event did, and what is stale after it.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StepAnswer(
      @Schema(description = "The index of the event's vCPU.", requiredMode = RequiredMode.REQUIRED) int vcpu,
      @Schema(description = "When L0 entered the guest before the event and did more than to flush (rule T6),"
          + " and with enter.") @Nullable EnteredPart entered,
      @ArraySchema(
          arraySchema = @Schema(description = "What the vCPU flushed, in the order of doing (rule T7).",
              requiredMode = RequiredMode.REQUIRED)) List<DrainPart> drained,
      @Schema(description = "With exit and inject.") @Nullable StepDecisionPart decision,
      @Schema(description = "With vmEntry.") @Nullable EntryPart entry,
      @Schema(description = "With wrmsr.") @Nullable MsrPart wrmsr,
      @Schema(description = "With vmclear.") @Nullable VmClearPart vmclear,
      @Schema(description = "With save.") @Nullable NestedStatePart nestedState,
      @Schema(description = "With restore.") @Nullable RestorePart restore,
      @Schema(description = "The event's vCPU after it.",
          requiredMode = RequiredMode.REQUIRED) StatePart state,
      @ArraySchema(arraySchema = @Schema(
          description = "What L0 holds and the page has otherwise (rule T8), by vCPU, then by address. With"
              + " stale=changes: only what became so, or otherwise so, with this event.",
          requiredMode = RequiredMode.REQUIRED)) List<StalePart> stale,
      @ArraySchema(arraySchema = @Schema(
          description = "With stale=changes: what is no longer stale since this event.")) @Nullable List<FreshPart> fresh,
      @ArraySchema(arraySchema = @Schema(
          description = "With explain=true: the rules T that had a part in it. Those of a decision are in the"
              + " decision.")) @Nullable List<ExplanationPart> explanation) {}

  /** An entry into the guest. */
  @Schema(name = "ScenarioEntered", description = "What L0 did on entering the guest (rule T6).")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EnteredPart(
      @Schema(description = "The level that was entered.",
          requiredMode = RequiredMode.REQUIRED) GuestLevel level,
      @Schema(description = "true when L0 served a nested-state request.") @Nullable Boolean nestedStatePages,
      @Schema(description = "true when that failed (KVM_EXIT_INTERNAL_ERROR): the event did not"
          + " happen.") @Nullable Boolean internalError,
      @ArraySchema(arraySchema = @Schema(
          description = "When a write-back was due and an eVMCS is mapped: the fields whose value"
              + " changed, by offset.")) @Nullable List<EvmcsWritePart> evmcsWrites) {}

  /** A queue that was emptied. */
  @Schema(name = "ScenarioDrain", description = "A queue that a vCPU emptied, or a full flush.")
  record DrainPart(
      @Schema(description = "The level whose TLB entries went.",
          requiredMode = RequiredMode.REQUIRED) GuestLevel fifo,
      @ArraySchema(arraySchema = @Schema(description = "The entries that the queue had.",
          requiredMode = RequiredMode.REQUIRED)) List<Word64> pending,
      @Schema(description = "What was flushed.", requiredMode = RequiredMode.REQUIRED) EffectPart effect) {}

  /** A decision in a scenario. */
  @Schema(name = "ScenarioDecision",
      description = "The decision on an exit, on what L0 holds. With inject only what L1 gets.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StepDecisionPart(
      @Schema(description = "Who handles the exit.") @Nullable HandlerLevel handledBy,
      @Schema(
          description = "With explain=true: the reason of the exit, decoded.") @Nullable ExitReasonAnswer exitReason,
      @Schema(description = "For exits from L2.") @Nullable L2TlbFlushPart l2TlbFlush,
      @Schema(description = "When L0 handled a flush hypercall.") @Nullable HypercallPart hypercall,
      @ArraySchema(arraySchema = @Schema(
          description = "With hypercall: the vCPUs that the flush reaches, by index.")) @Nullable List<TlbMutationPart> tlbMutations,
      @Schema(
          description = "With hypercall: whether L1 gets the synthetic exit (rule C4).") @Nullable Boolean syntheticExit,
      @Schema(
          description = "With hypercall: what it leaves in registers.") @Nullable RegistersAfterPart registersAfter,
      @Schema(description = "When L1 gets an exit.") @Nullable ExitToL1Part exitToL1,
      @ArraySchema(arraySchema = @Schema(
          description = "With exitToL1 and a mapped eVMCS: what the write-back would change in the page"
              + " now, by offset.")) @Nullable List<EvmcsWritePart> evmcsWrites,
      @ArraySchema(arraySchema = @Schema(
          description = "With explain=true: every rule looked at, in order.")) @Nullable List<ExplanationPart> explanation) {}

  /** What becomes of a VM-entry. */
  @Schema(name = "ScenarioEntryOutcome",
      description = "ENTERED: the vCPU is in L2. #UD: the eVMCS pointer is not in memory."
          + " VMFAIL_INVALID: no eVMCS is enabled, or its revision is unknown. With"
          + " checkEntries also VMFAIL_VALID: a check of the controls or the host state does"
          + " not hold; FAILED_ENTRY: one of the guest state, and L1 gets an exit with bit 31"
          + " of the reason set.",
      enumAsRef = true)
  enum EntryResultName {
    ENTERED, @JsonProperty("#UD")
    INVALID_OPCODE, VMFAIL_INVALID, VMFAIL_VALID, FAILED_ENTRY
  }

  /** What L0 does about the MSR bitmap. */
  @Schema(name = "MsrBitmapUse",
      description = "MERGED: read from the page. KEPT: as it was merged before. UNUSED: L1 has"
          + " none. UNREADABLE: its page is not in memory.",
      enumAsRef = true)
  enum MsrBitmapUseName {
    MERGED, KEPT, UNUSED, UNREADABLE
  }

  /** A VM-entry. */
  @Schema(name = "ScenarioEntry", description = "What became of VMLAUNCH or VMRESUME (rules T3 and T4).")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EntryPart(
      @Schema(description = "What L1 gets.", requiredMode = RequiredMode.REQUIRED) EntryResultName outcome,
      @Schema(
          description = "If entered: whether the eVMCS pointer is another one.") @Nullable Boolean evmcsGpaChanged,
      @ArraySchema(arraySchema = @Schema(
          description = "If entered: the clean-field groups that were taken from the page, by bit.")) @Nullable List<String> reloadedGroups,
      @Schema(description = "If entered: hv_clean_fields after it.") @Nullable Word32 cleanFieldsAfter,
      @Schema(
          description = "If entered: what L0 did about the MSR bitmap.") @Nullable MsrBitmapUseName msrBitmap,
      @Schema(
          description = "With VMFAIL_VALID: the VM-instruction error.") @Nullable Integer instructionError,
      @Schema(
          description = "With VMFAIL_VALID and FAILED_ENTRY: the id of the check that L0 or the CPU acted on.",
          example = "N-C3") @Nullable String firstViolation,
      @ArraySchema(arraySchema = @Schema(
          description = "With VMFAIL_VALID and FAILED_ENTRY: the ids of all checks that do not"
              + " hold, in order; POST /v1/vm-entries explains them.")) @Nullable List<String> violations,
      @Schema(description = "With FAILED_ENTRY: what L1 gets.") @Nullable ExitToL1Part exitToL1,
      @ArraySchema(arraySchema = @Schema(
          description = "With VMFAIL_VALID and FAILED_ENTRY: what the write-back would change"
              + " in the page now, by offset.")) @Nullable List<EvmcsWritePart> evmcsWrites) {}

  /** What becomes of a WRMSR. */
  @Schema(name = "WrmsrOutcome",
      description = "WRITTEN, or #GP: the page is not in memory, and nothing changed.",
      enumAsRef = true)
  enum MsrResultName {
    WRITTEN, @JsonProperty("#GP")
    GENERAL_PROTECTION
  }

  /** A WRMSR. */
  @Schema(name = "ScenarioWrmsr", description = "What became of WRMSR (rule T2).")
  record MsrPart(
      @Schema(description = "What L1 gets.", requiredMode = RequiredMode.REQUIRED) MsrResultName outcome) {}

  /** What becomes of a VMCLEAR. */
  @Schema(name = "VmclearOutcome", description = "VMsucceed, VMfailValid or VMfailInvalid of the SDM.",
      enumAsRef = true)
  enum VmClearResultName {
    SUCCEED, VMFAIL_VALID, VMFAIL_INVALID
  }

  /** A VMCLEAR. */
  @Schema(name = "ScenarioVmclear", description = "What became of VMCLEAR (rule T9).")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record VmClearPart(
      @Schema(description = "What L1 gets.", requiredMode = RequiredMode.REQUIRED) VmClearResultName outcome,
      @Schema(
          description = "With VMFAIL_VALID: the VM-instruction error.") @Nullable Integer instructionError,
      @Schema(description = "Whether it released the eVMCS.",
          requiredMode = RequiredMode.REQUIRED) boolean released,
      @Schema(description = "Whether it wrote the launch state of an ordinary VMCS into memory.",
          requiredMode = RequiredMode.REQUIRED) boolean launchStateWritten) {}

  /** A saved state. */
  @Schema(name = "ScenarioNestedState", description = "What KVM_GET_NESTED_STATE gave the VMM (rule T10).")
  record NestedStatePart(
      @Schema(description = "Bits: 1 guest mode, 2 run pending, 4 eVMCS.",
          requiredMode = RequiredMode.REQUIRED) Word32 flags,
      @Schema(description = "Its size in bytes: 128 or 4224.",
          requiredMode = RequiredMode.REQUIRED) int size,
      @Schema(description = "The address of the ordinary VMCS: all ones for none.",
          requiredMode = RequiredMode.REQUIRED) Word64 vmcs12Gpa) {}

  /** What becomes of a restore. */
  @Schema(name = "RestoreOutcome", description = "OK, or EINVAL.", enumAsRef = true)
  enum RestoreResultName {
    OK, EINVAL
  }

  /** A restore. */
  @Schema(name = "ScenarioRestore", description = "What KVM_SET_NESTED_STATE gave the VMM (rule T10).")
  record RestorePart(@Schema(description = "What the VMM gets.",
      requiredMode = RequiredMode.REQUIRED) RestoreResultName outcome) {}

  /** A vCPU. */
  @Schema(name = "ScenarioState", description = "What L0 keeps for a vCPU (rule T1).")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatePart(
      @Schema(description = "The level that it is in.",
          requiredMode = RequiredMode.REQUIRED) GuestLevel level,
      @Schema(description = "If an eVMCS is mapped: its address, with any low bits that L1 has"
          + " set.") @Nullable Word64 evmcsGpa,
      @Schema(description = "Whether the eVMCS of a restored state is still to be mapped.",
          requiredMode = RequiredMode.REQUIRED) boolean mapPending,
      @Schema(description = "What is kept of the shared pages.",
          requiredMode = RequiredMode.REQUIRED) CachedPart cached,
      @Schema(description = "The TLB flush entries that wait.",
          requiredMode = RequiredMode.REQUIRED) PendingFlushPart pendingFlush) {}

  /** Kept words. */
  @Schema(name = "ScenarioCached", description = "Words that L0 keeps of the shared pages.")
  record CachedPart(
      @Schema(description = "The VmId.", requiredMode = RequiredMode.REQUIRED) Word64 vmId,
      @Schema(description = "The VpId.", requiredMode = RequiredMode.REQUIRED) Word32 vpId,
      @Schema(description = "The address of the partition assist page; all ones for none.",
          requiredMode = RequiredMode.REQUIRED) Word64 partitionAssistPage,
      @Schema(description = "DirectHypercall in the copy of the VP assist page.",
          requiredMode = RequiredMode.REQUIRED) boolean directHypercall) {}

  /** A stale datum. */
  @Schema(name = "StaleDatum", description = "Something that L0 holds and the page has otherwise.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StalePart(
      @Schema(description = "The vCPU for which L0 holds it.",
          requiredMode = RequiredMode.REQUIRED) int vcpu,
      @Schema(description = "The Linux name of the eVMCS field, a field of the VP assist page, or msrBitmap.",
          example = "partition_assist_page", requiredMode = RequiredMode.REQUIRED) String datum,
      @Schema(description = "Where it lies; left out where no page has it.") @Nullable Word64 gpa,
      @Schema(description = "What L0 holds; not of the MSR bitmap.") @Nullable Word64 held,
      @Schema(
          description = "What the page has; left out where there is none, and of the MSR bitmap.") @Nullable Word64 page,
      @Schema(description = "When L0 looks again.",
          requiredMode = RequiredMode.REQUIRED) RereadName reread) {}

  /** A datum that is no longer stale. */
  @Schema(name = "FreshDatum", description = "Something that is no longer stale.")
  record FreshPart(
      @Schema(description = "The vCPU for which L0 holds it.",
          requiredMode = RequiredMode.REQUIRED) int vcpu,
      @Schema(description = "As in a stale datum.", example = "partition_assist_page",
          requiredMode = RequiredMode.REQUIRED) String datum) {}
}
