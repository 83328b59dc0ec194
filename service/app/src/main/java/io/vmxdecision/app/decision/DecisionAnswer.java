package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decision as it stands in JSON. What does not apply is left out. */
@Schema(name = "Decision", description = "Who handles the exit, and what follows.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DecisionAnswer(
    @Schema(description = "The id of the request.") @Nullable String id,
    @Schema(
        description = "The content address of this decision: the SHA-256 of what was asked, the profile and the"
            + " version of the engine. The same question has the same one, whatever its id, however it is"
            + " written and whichever way it comes. How it is made: api-spec/decision-log.md.",
        pattern = "^sha256:[0-9a-f]{64}$", requiredMode = RequiredMode.REQUIRED) String decisionId,
    @Schema(description = "The behaviour profile: which L0 decided, or that the text did.",
        example = "kvm-6.12",
        requiredMode = RequiredMode.REQUIRED) String profile,
    @Schema(
        description = "Who handles the exit. Left out only where tlfs does not specify it.") @Nullable HandlerLevel handledBy,
    @Schema(description = "The reason of the exit, decoded.",
        requiredMode = RequiredMode.REQUIRED) ExitReasonAnswer exitReason,
    @Schema(description = "For exits from L2.") @Nullable L2TlbFlushPart l2TlbFlush,
    @Schema(
        description = "When L0 handled a flush hypercall. Left out where tlfs names no outcome of it.") @Nullable HypercallPart hypercall,
    @ArraySchema(arraySchema = @Schema(
        description = "With hypercall: the vCPUs that the flush reaches, by index. Under tlfs also where all outcomes"
            + " flush nobody.")) @Nullable List<TlbMutationPart> tlbMutations,
    @Schema(
        description = "With hypercall: whether L1 gets the synthetic exit (rule C4). Left out where tlfs does not"
            + " specify it.") @Nullable Boolean syntheticExit,
    @Schema(
        description = "With hypercall: what it leaves in registers. Not under tlfs.") @Nullable RegistersAfterPart registersAfter,
    @Schema(description = "When L1 gets an exit.") @Nullable ExitToL1Part exitToL1,
    @ArraySchema(arraySchema = @Schema(
        description = "With exitToL1 and an active eVMCS: the fields whose value changes, by"
            + " offset. Not under tlfs.")) @Nullable List<EvmcsWritePart> evmcsWrites,
    @Schema(description = "With include=evmcsPage, exitToL1 and an active eVMCS: the whole page after the"
        + " writes. Not under tlfs.") @Nullable Page evmcsPage,
    @ArraySchema(arraySchema = @Schema(
        description = "Under tlfs: what the text does not specify, if there is anything.")) @Nullable List<OpenQuestionPart> openQuestions,
    @ArraySchema(arraySchema = @Schema(
        description = "With explain=true: every rule looked at, in order.")) @Nullable List<ExplanationPart> explanation) {

  /** Rules F. */
  @Schema(name = "L2TlbFlush", description = "Whether L0 may handle the L2 TLB flush itself.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record L2TlbFlushPart(
      @Schema(
          description = "Whether the L0 of the profile has the L2 TLB flush (rule P1). Not under tlfs.") @Nullable Boolean supported,
      @Schema(
          description = "Whether it is supported and all five conditions hold. Left out where tlfs does not specify"
              + " it.") @Nullable Boolean eligible,
      @Schema(description = "The five conditions, each by itself.",
          requiredMode = RequiredMode.REQUIRED) ConditionsPart conditions) {}

  /** The five conditions. */
  @Schema(name = "L2TlbFlushConditions",
      description = "The conditions F1 to F5, always all of them that are specified.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ConditionsPart(
      @Schema(
          description = "F1: an enlightened VMCS is in use (E1 to E5; T1 under tlfs). Left out where tlfs does not"
              + " specify it.") @Nullable Boolean evmcsActive,
      @Schema(description = "F2: bit 0 of hv_enlightenments_control in the eVMCS.",
          requiredMode = RequiredMode.REQUIRED) boolean evmcsNestedFlushHypercall,
      @Schema(description = "F3: bit 0 of nested_control.features in the VP assist page.",
          requiredMode = RequiredMode.REQUIRED) boolean vpAssistDirectHypercall,
      @Schema(description = "F4: bit 17 of CPUID 0x4000000A EAX.",
          requiredMode = RequiredMode.REQUIRED) boolean cpuidDirectFlush,
      @Schema(description = "F5: the exit is a VMCALL with one of the four flush codes.",
          requiredMode = RequiredMode.REQUIRED) boolean flushHypercall) {}

  /** The hypercall. */
  @Schema(name = "Hypercall",
      description = "The flush hypercall that L0 handled: with a status and a result, or with an exception"
          + " instead. Under tlfs without a result, or with an intercept, or with all outcomes that the text"
          + " allows.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record HypercallPart(
      @Schema(description = "The call code, 16 bits.", example = "0x2",
          requiredMode = RequiredMode.REQUIRED) Word32 code,
      @Schema(description = "The name of the call in the TLFS.", example = "HvCallFlushVirtualAddressSpace",
          requiredMode = RequiredMode.REQUIRED) String name,
      @Schema(description = "Whether the input is in registers.",
          requiredMode = RequiredMode.REQUIRED) boolean fast,
      @Schema(description = "The status code, bits 15:0 of the result.",
          example = "0x0") @Nullable Word32 status,
      @Schema(description = "The name of the status in the TLFS.",
          enumAsRef = true) @Nullable HypercallStatus statusName,
      @Schema(description = "The result word.") @Nullable Word64 result,
      @Schema(description = "Repetitions completed, bits 43:32 of the result. Under tlfs of a success only.",
          minimum = "0",
          maximum = "4095") @Nullable Integer repsCompleted,
      @Schema(
          description = "The exception that L0 queues for the guest.") @Nullable QueuedException exception,
      @Schema(
          description = "Under tlfs: the intercept that the call ends with.") @Nullable InterceptPart intercept,
      @ArraySchema(arraySchema = @Schema(
          description = "Under tlfs: the outcomes, where the text allows several. In place of one.")) @Nullable List<OutcomePart> allowed) {}

  /** One outcome of several. */
  @Schema(name = "HypercallOutcome", description = "A status, an exception or an intercept.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record OutcomePart(
      @Schema(description = "The status code, 16 bits.", example = "0x5") @Nullable Word32 status,
      @Schema(description = "The name of the status in the TLFS.",
          enumAsRef = true) @Nullable HypercallStatus statusName,
      @Schema(description = "The exception in the guest.") @Nullable QueuedException exception,
      @Schema(description = "The intercept.") @Nullable InterceptPart intercept) {}

  /** An intercept that a hypercall can end with. */
  @Schema(name = "Intercept", description = "memory: a memory intercept of the input page.", enumAsRef = true)
  public enum InterceptPart {
    @JsonProperty("memory")
    MEMORY
  }

  /** An exception that a hypercall can end with. */
  @Schema(name = "QueuedException", description = "An exception by the SDM's mnemonic.", enumAsRef = true)
  public enum QueuedException {
    @JsonProperty("#UD")
    INVALID_OPCODE
  }

  /** What a flush does to a vCPU. */
  @Schema(name = "TlbMutation", description = "What the flush does to one vCPU.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record TlbMutationPart(
      @Schema(description = "Index of the vCPU.", requiredMode = RequiredMode.REQUIRED) int vcpu,
      @Schema(
          description = "Which of its queues. Left out, like the entries, where it has none (rule P3).") @Nullable GuestLevel fifo,
      @ArraySchema(arraySchema = @Schema(
          description = "The entries of the queue before the call.")) @Nullable List<Word64> pendingBefore,
      @ArraySchema(arraySchema = @Schema(
          description = "The entries of the queue after it.")) @Nullable List<Word64> pendingAfter,
      @Schema(description = "What the vCPU flushes for it.",
          requiredMode = RequiredMode.REQUIRED) EffectPart effect) {}

  /** What a vCPU flushes. */
  @Schema(name = "TlbEffect",
      description = "What the vCPU flushes when it next enters that guest: the ranges, then, with flushAll,"
          + " the guest's whole TLB. Under tlfs the least that it must.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record EffectPart(
      @ArraySchema(arraySchema = @Schema(description = "The ranges, in order.",
          requiredMode = RequiredMode.REQUIRED)) List<GvaRangePart> ranges,
      @Schema(description = "Whether a full flush follows.",
          requiredMode = RequiredMode.REQUIRED) boolean flushAll,
      @Schema(
          description = "Under tlfs: the address space (CR3) that is meant. Left out: all of them.") @Nullable Word64 addressSpace,
      @Schema(
          description = "Under tlfs: true if global entries may stay; otherwise left out.") @Nullable Boolean globalMayStay) {
    /** What a kernel flushes: all address spaces, and global entries, too. */
    public EffectPart(List<GvaRangePart> ranges, boolean flushAll) {
      this(ranges, flushAll, null, null);
    }
  }

  /** A range of pages. */
  @Schema(name = "GvaRange", description = "Pages of 4 KiB that are invalidated.")
  public record GvaRangePart(
      @Schema(description = "Guest-virtual address of the first page.",
          requiredMode = RequiredMode.REQUIRED) Word64 gva,
      @Schema(description = "How many.", minimum = "1", maximum = "4096",
          requiredMode = RequiredMode.REQUIRED) int pages) {}

  /** Registers that a hypercall changes. */
  @Schema(name = "RegistersAfter",
      description = "The registers as the guest finds them after the hypercall, or at the exception.")
  public record RegistersAfterPart(
      @Schema(description = "RAX: the result word; outside 64-bit mode EAX is its low half.",
          requiredMode = RequiredMode.REQUIRED) Word64 rax,
      @Schema(description = "RDX; outside 64-bit mode EDX is the high half of the result word.",
          requiredMode = RequiredMode.REQUIRED) Word64 rdx,
      @Schema(description = "RIP: behind the VMCALL, or at it with an exception.",
          requiredMode = RequiredMode.REQUIRED) Word64 rip) {}

  /** The exit that L1 sees. */
  @Schema(name = "ExitToL1",
      description = "The exit that L1 sees. After a failed VM-entry only reason and qualification, under tlfs"
          + " only the reason.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ExitToL1Part(
      @Schema(description = "The raw exit reason, 32 bits.",
          requiredMode = RequiredMode.REQUIRED) Word32 reason,
      @Schema(description = "Exit qualification, 64 bits.") @Nullable Word64 qualification,
      @Schema(description = "VM-exit interruption information, 32 bits.") @Nullable Word32 interruptionInfo,
      @Schema(description = "IDT-vectoring information, 32 bits.") @Nullable Word32 idtVectoringInfo,
      @Schema(description = "Length of the instruction in bytes.", minimum = "0",
          maximum = "4294967295") @Nullable Long instructionLength,
      @Schema(description = "VM-exit instruction information, 32 bits.") @Nullable Word32 instructionInfo) {}

  /** A write to the eVMCS. */
  @Schema(name = "EvmcsWrite", description = "A field of the eVMCS that L0 changes.")
  public record EvmcsWritePart(
      @Schema(description = "The Linux name of the field.", example = "vm_exit_reason",
          requiredMode = RequiredMode.REQUIRED) String field,
      @Schema(description = "Its value before, as wide as the field.",
          requiredMode = RequiredMode.REQUIRED) Word64 before,
      @Schema(description = "Its value after, as wide as the field.",
          requiredMode = RequiredMode.REQUIRED) Word64 after) {}

  /** Something that the text leaves open. */
  @Schema(name = "OpenQuestion", description = "A property that the TLFS does not specify in this case.")
  public record OpenQuestionPart(
      @Schema(description = "A JSON Pointer to the property. If the answer has it, it is a minimum.",
          example = "/syntheticExit", requiredMode = RequiredMode.REQUIRED) String pointer,
      @Schema(description = "What the text does not say.", requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "The chapters that are silent on it.",
          requiredMode = RequiredMode.REQUIRED) String reference) {}

  /** A rule that was looked at. */
  @Schema(name = "RuleEvidence", description = "A rule that was looked at, and what it saw.")
  public record ExplanationPart(
      @Schema(description = "The id of the rule.", example = "F2",
          requiredMode = RequiredMode.REQUIRED) String rule,
      @Schema(
          description = "Whether the rule's statement (see GET /v1/rules) holds; of a rule of tlfs, whether it speaks"
              + " in this case.",
          requiredMode = RequiredMode.REQUIRED) boolean met,
      @Schema(description = "The field, bit or value it looked at.",
          requiredMode = RequiredMode.REQUIRED) String evidence,
      @Schema(description = "Specification section, kernel function.",
          requiredMode = RequiredMode.REQUIRED) String reference) {}
}
