package io.vmxdecision.app.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.decision.HandlerLevel;
import io.vmxdecision.app.decision.RereadName;
import io.vmxdecision.app.exitreason.ExitDetail;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.artefacts.audit.AuditedFlush.Reach;
import io.vmxdecision.artefacts.audit.Verdict;
import io.vmxdecision.engine.vmx.ExitReasonKind;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer of an audit. It is written piece by piece; this is its shape, and the shape of the pieces. */
@Schema(name = "Audit", description = "A trace held against the rules.")
record AuditAnswer(
    @Schema(description = "Every exit from L2. Of one vCPU in the order of the trace; between vCPUs an exit"
        + " comes when it is over.", requiredMode = RequiredMode.REQUIRED) List<ExitPart> exits,
    @Schema(description = "The flush hypercalls of L2 that L0 handled, at most 10,000 of them.",
        requiredMode = RequiredMode.REQUIRED) List<FlushPart> flushes,
    @Schema(description = "The VM-entries of L1 that KVM refused, at most 1,000 of them.",
        requiredMode = RequiredMode.REQUIRED) List<FailedEntryPart> failedEntries,
    @Schema(description = "The counts.", requiredMode = RequiredMode.REQUIRED) SummaryPart summary) {

  /** An exit from L2. */
  @Schema(name = "AuditedExit", description = "An exit from L2, who handled it, and who must.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ExitPart(
      @Schema(description = "The line of its kvm_nested_vmexit, from 1.",
          requiredMode = RequiredMode.REQUIRED) long line,
      @Schema(description = "Its time in seconds, if the trace has one.",
          example = "41.356217") @Nullable BigDecimal time,
      @Schema(description = "The vCPU, if the trace says.", minimum = "0") @Nullable Integer vcpu,
      @Schema(description = "The exit reason, decoded.",
          requiredMode = RequiredMode.REQUIRED) ReasonPart reason,
      @Schema(description = "Who handled it.", requiredMode = RequiredMode.REQUIRED) HandlerLevel observed,
      @Schema(
          description = "Who must by the rules; left out if that cannot be told.") @Nullable HandlerLevel expected,
      @Schema(description = "Whether the two agree.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) Verdict verdict,
      @Schema(description = "The rule that decides; left out where none speaks of it (SVM).",
          example = "R") @Nullable String rule,
      @Schema(description = "The verdict in words.") @Nullable String why,
      @Schema(
          description = "What would decide it: pages, fields, bits, registers, lines.") @Nullable List<String> needs,
      @Schema(description = "What L0 held otherwise than the pages, if by the pages the exit would be decided"
          + " otherwise.") @Nullable List<StalePart> stale) {}

  /** A copy of L0 that decides. */
  @Schema(name = "DecisiveCopy", description = "Something that L0 held and the page had otherwise.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StalePart(
      @Schema(description = "The Linux name of the eVMCS field, or a field of the VP assist page.",
          example = "partition_assist_page", requiredMode = RequiredMode.REQUIRED) String datum,
      @Schema(description = "What L0 held.", requiredMode = RequiredMode.REQUIRED) Word64 held,
      @Schema(description = "What the page had; left out where there is none.") @Nullable Word64 page,
      @Schema(description = "When L0 looks again.",
          requiredMode = RequiredMode.REQUIRED) RereadName reread) {}

  /** An exit reason of VMX or SVM. */
  @Schema(name = "AuditedReason",
      description = "An exit reason: of VMX as exitReason in a decision; of SVM its"
          + " exit code, without kind and detail.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ReasonPart(
      @Schema(description = "The whole reason or exit code.", example = "0x12",
          requiredMode = RequiredMode.REQUIRED) Word32 raw,
      @Schema(description = "VMX: the basic reason, bits 15:0.") @Nullable Word32 basic,
      @Schema(description = "Its name in Linux, where it has one.", example = "VMCALL") @Nullable String name,
      @Schema(description = "VMX: what the value can be at all.",
          enumAsRef = true) @Nullable ExitReasonKind kind,
      @Schema(description = "VMX: what the exit's other words say.") @Nullable ExitDetail detail,
      @Schema(
          description = "VMX: the event whose delivery the exit cut short.") @Nullable DeliveryPart eventInDelivery) {}

  /** An event that was being delivered. */
  @Schema(name = "EventInDelivery", description = "IDT-vectoring information.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record DeliveryPart(
      @Schema(description = "The type of the event, bits 10:8.",
          requiredMode = RequiredMode.REQUIRED) ExitDetail.EventType type,
      @Schema(description = "The vector, bits 7:0.", minimum = "0", maximum = "255",
          requiredMode = RequiredMode.REQUIRED) int vector) {}

  /** A flush. */
  @Schema(name = "AuditedFlush", description = "A flush hypercall of L2 that L0 handled.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FlushPart(
      @Schema(description = "The line of its kvm_hv_flush_tlb, or of its kvm_hv_hypercall if it was rejected"
          + " before.", requiredMode = RequiredMode.REQUIRED) long line,
      @Schema(description = "The time of that line in seconds.") @Nullable BigDecimal time,
      @Schema(description = "The vCPU, if the trace says.", minimum = "0") @Nullable Integer vcpu,
      @Schema(description = "The call code.", example = "0x2") @Nullable Word32 code,
      @Schema(description = "The call.", example = "HvCallFlushVirtualAddressSpace") @Nullable String name,
      @Schema(description = "Whether the input is in registers.",
          requiredMode = RequiredMode.REQUIRED) boolean fast,
      @Schema(description = "The rep count.", requiredMode = RequiredMode.REQUIRED) int repCount,
      @Schema(description = "The size of the variable header in 8-byte words.",
          requiredMode = RequiredMode.REQUIRED) int variableHeader,
      @Schema(description = "Which of the vCPUs with the caller's VmId it is for.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) Reach reach,
      @Schema(description = "Whether everything is flushed and not a list of addresses.",
          requiredMode = RequiredMode.REQUIRED) boolean flushAll,
      @Schema(description = "The processor mask, or the mask of valid banks.") @Nullable Word64 mask,
      @Schema(description = "The address space, which KVM ignores.") @Nullable Word64 addressSpace,
      @Schema(description = "The flags.") @Nullable FlagsPart flags,
      @Schema(description = "The status of the call.", example = "0x0") @Nullable Word32 status,
      @Schema(description = "Its name.", example = "HV_STATUS_SUCCESS") @Nullable String statusName,
      @Schema(description = "Whether L1 got a synthetic exit.",
          requiredMode = RequiredMode.REQUIRED) boolean syntheticExit,
      @Schema(
          description = "Whether it must; left out if that cannot be told.") @Nullable Boolean syntheticExpected,
      @Schema(
          description = "Seconds from the flush to the synthetic exit.") @Nullable BigDecimal secondsToSyntheticExit) {}

  /** Flags of a flush. */
  @Schema(name = "FlushFlags", description = "The flags of a flush. KVM looks at allProcessors alone.")
  record FlagsPart(
      @Schema(description = "All of them.", requiredMode = RequiredMode.REQUIRED) Word64 raw,
      @Schema(description = "Bit 0.", requiredMode = RequiredMode.REQUIRED) boolean allProcessors,
      @Schema(description = "Bit 1.", requiredMode = RequiredMode.REQUIRED) boolean allVirtualAddressSpaces,
      @Schema(description = "Bit 2.", requiredMode = RequiredMode.REQUIRED) boolean nonGlobalMappingsOnly,
      @Schema(description = "Bit 3.", requiredMode = RequiredMode.REQUIRED) boolean useExtendedRangeFormat) {}

  /** A refused VM-entry. */
  @Schema(name = "FailedVmEntry", description = "A VM-entry of L1 that KVM refused.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FailedEntryPart(
      @Schema(description = "Its line, from 1.", requiredMode = RequiredMode.REQUIRED) long line,
      @Schema(description = "Its time in seconds.") @Nullable BigDecimal time,
      @Schema(description = "The vCPU, if the trace says.", minimum = "0") @Nullable Integer vcpu,
      @Schema(description = "The check that failed, as KVM prints it.",
          requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(
          description = "The rules that it can be: one, several that the text does not tell apart, or none.",
          requiredMode = RequiredMode.REQUIRED) List<CheckPart> rules,
      @Schema(
          description = "Why there is none: the text is of no kernel that is known, or no rule has it.") @Nullable String about) {}

  /** A check of a VM-entry. */
  @Schema(name = "FailedCheck", description = "A check of a VM-entry.")
  record CheckPart(
      @Schema(description = "The rule.", example = "N-C17", requiredMode = RequiredMode.REQUIRED) String rule,
      @Schema(description = "What it asks.", requiredMode = RequiredMode.REQUIRED) String statement) {}

  /** What another profile says of the exits. */
  @Schema(name = "OtherProfileAudit", description = "What another profile says of the exits.")
  record OtherProfilePart(
      @Schema(description = "Its id.", example = "kvm-6.1",
          requiredMode = RequiredMode.REQUIRED) String profile,
      @Schema(description = "How many exits contradict its rules.",
          requiredMode = RequiredMode.REQUIRED) long contradictions,
      @Schema(description = "On how many exits its verdict is another.",
          requiredMode = RequiredMode.REQUIRED) long partings,
      @Schema(description = "The first of these, at most 10.",
          requiredMode = RequiredMode.REQUIRED) List<PartingPart> firstPartings) {}

  /** An exit that tells profiles apart. */
  @Schema(name = "PartingExit", description = "An exit that tells profiles apart.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PartingPart(
      @Schema(description = "Its line, from 1.", requiredMode = RequiredMode.REQUIRED) long line,
      @Schema(
          description = "Who must by that profile; left out if that cannot be told.") @Nullable HandlerLevel expected,
      @Schema(description = "What comes of that.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) Verdict verdict,
      @Schema(description = "The rule that decides.", example = "R") @Nullable String rule) {}

  /** The counts. */
  @Schema(name = "AuditSummary", description = "The counts of an audit.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SummaryPart(
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Lines of the trace.") long lines,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Events, of any kind.") long events,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Lines that are no trace.") long unknownLines,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Events that are lost, as far as the markers say how many.") long lostEvents,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Exits from L2: lines kvm_nested_vmexit.") long exitsFromL2,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Exits that L0 handled.") long handledByL0,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Exits that L1 got.") long reflectedToL1,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Exits that L1 got without an exit from L2 of that reason just before.") long injectedByL0,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Synthetic exits that L1 got.") long syntheticExits,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Flushes marked as those of L2.") long l2Flushes,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Exits by verdict: AGREES, CONTRADICTS, UNDECIDED.") VerdictCounts verdicts,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Calls that L1 got though the L2 TLB flush was eligible.") long eligibleButReflected,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Exits that L0's copies decide otherwise than the pages would.") long decidedByStaleCopies,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "VM-entries that KVM refused.") long failedVmEntries,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Exits by reason and handler.") List<ReasonCount> reasons,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "What the flushes of L2 were.") FlushCounts flushes,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "The first unknown lines, at most 10.") List<UnknownPart> firstUnknownLines,
      @Schema(description = "The profiles that the trace contradicts least, the default first; if none was"
          + " named.") @Nullable List<String> closestProfiles,
      @Schema(description = "What the other profiles say of the exits, which kvm-6.12 judged; if none was"
          + " named.") @Nullable List<OtherProfilePart> otherProfiles,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "What else is to be known of the trace, such as that it has no event of KVM.") List<String> notes) {}

  /** Exits by verdict. */
  @Schema(name = "VerdictCounts", description = "Exits by verdict.")
  record VerdictCounts(
      @JsonProperty("AGREES") @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Whoever handled it must by the rules.") long agrees,
      @JsonProperty("CONTRADICTS") @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Another must.") long contradicts,
      @JsonProperty("UNDECIDED") @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "It cannot be told who must.") long undecided) {}

  /** Exits of one reason. */
  @Schema(name = "ReasonCount", description = "Exits of one reason by handler.")
  record ReasonCount(
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "The reason's name, or its number.",
          example = "VMCALL") String reason,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "How many L0 handled.") long handledByL0,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "How many L1 got.") long reflectedToL1) {}

  /** Flushes by what they are. */
  @Schema(name = "FlushCounts", description = "The flushes of L2 that L0 handled.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FlushCounts(
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Calls.") long calls,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "That flushed a list of addresses.") long lists,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "That flushed everything.") long all,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Entries of the lists.") long repetitions,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "For all processors.") long allProcessors,
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "Rejected calls by status.") List<StatusCount> rejected,
      @Schema(
          description = "Seconds from a flush to its synthetic exit.") @Nullable TimesPart toSyntheticExit) {}

  /** Calls that were rejected with one status. */
  @Schema(name = "StatusCount", description = "Calls that were rejected with one status.")
  record StatusCount(
      @Schema(requiredMode = RequiredMode.REQUIRED,
          description = "The status by the TLFS's name, or its number.",
          example = "HV_STATUS_INVALID_HYPERCALL_INPUT") String status,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "How many.") long count) {}

  /** Times. */
  @Schema(name = "Times", description = "Seconds: how many were measured, the least, the mean, the most.")
  record TimesPart(
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "How many.") long count,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "The least.") BigDecimal least,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "The mean.") BigDecimal mean,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "The most.") BigDecimal most) {}

  /** An unknown line. */
  @Schema(name = "UnknownLine", description = "A line that is no trace.")
  record UnknownPart(
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Its number, from 1.") long line,
      @Schema(requiredMode = RequiredMode.REQUIRED, description = "Its first 200 bytes.") String text) {}

  /** A line of NDJSON: one of the four. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Line(
      @Nullable ExitPart exit,
      @Nullable FlushPart flush,
      @Nullable FailedEntryPart failedEntry,
      @Nullable SummaryPart summary) {}
}
