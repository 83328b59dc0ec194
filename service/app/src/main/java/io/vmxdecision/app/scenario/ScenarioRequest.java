package io.vmxdecision.app.scenario;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.decision.DecisionRequest.CpuidPart;
import io.vmxdecision.app.decision.DecisionRequest.PartitionAssistPart;
import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.MemoryBytes;
import io.vmxdecision.app.wire.VpAssistValues;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.EntryInstruction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scenario as it stands in JSON. What is left out is null. */
@Schema(name = "ScenarioRequest", description = "A machine, and the events to play on it.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record ScenarioRequest(
    @Schema(description = "Echoed in the answer.", maxLength = MAX_ID_LENGTH,
        example = "case-17") @Nullable String id,
    @Schema(description = "Which L0 is modelled. Scenarios are modelled for kvm-6.12 only.",
        defaultValue = "kvm-6.12") @Nullable String profile,
    @Schema(
        description = "Whether VM-entries take the checks of POST /v1/vm-entries, with its"
            + " default capabilities. Left out, they pass.",
        defaultValue = "false") @Nullable Boolean checkEntries,
    @Schema(description = "The machine at the start.") @JsonProperty(required = true) MachinePart machine,
    @ArraySchema(arraySchema = @Schema(description = "The events, in order.",
        requiredMode = Schema.RequiredMode.REQUIRED)) List<EventPart> events) {
  /** The longest id, in characters. */
  static final int MAX_ID_LENGTH = 256;

  /** A scenario less its events: the first line of a stream. */
  @Schema(name = "ScenarioStart", description = "A scenario less its events.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record StartPart(
      @Schema(description = "Echoed in the answer.", maxLength = MAX_ID_LENGTH) @Nullable String id,
      @Schema(description = "Which L0 is modelled. Scenarios are modelled for kvm-6.12 only.",
          defaultValue = "kvm-6.12") @Nullable String profile,
      @Schema(description = "Whether VM-entries take the checks of POST /v1/vm-entries. Left out, they pass.",
          defaultValue = "false") @Nullable Boolean checkEntries,
      @Schema(description = "The machine at the start.") @JsonProperty(
          required = true) MachinePart machine) {}

  /** The machine. */
  @Schema(name = "ScenarioMachine",
      description = "L1's VM at the start: every vCPU is in L1 after VMXON, and L0 has mapped"
          + " and copied nothing.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record MachinePart(
      @Schema(description = "The machine that L0 runs on.") @Nullable HostPart host,
      @Schema(description = "L1's CPUID. Left out: words 0x0, flags false.") @Nullable CpuidPart cpuid,
      @ArraySchema(arraySchema = @Schema(description = "The vCPUs. Left out: one."),
          minItems = 1) @Nullable List<VcpuPart> vcpus,
      @ArraySchema(arraySchema = @Schema(
          description = "L1's memory by whole pages, in which all structures lie. Items must not"
              + " overlap.")) @Nullable List<MemoryPart> memory,
      @ArraySchema(arraySchema = @Schema(
          description = "What L1's EPT makes of L2's pages; a page that is not listed has no"
              + " translation.")) @Nullable List<TranslationPart> translations) {}

  /** The host. */
  @Schema(name = "ScenarioHost", description = "The machine that L0 runs on.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record HostPart(
      @Schema(description = "Whether it has 5-level paging (57-bit linear addresses).",
          defaultValue = "false") @Nullable Boolean la57,
      @Schema(description = "Whether L0 uses VMCS shadowing.",
          defaultValue = "true") @Nullable Boolean vmcsShadowing) {}

  /** A vCPU. */
  @Schema(name = "ScenarioVcpu", description = "A vCPU of L1's VM.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record VcpuPart(
      @Schema(description = "The VP index by which L1 names it. Left out: its index.", minimum = "0",
          maximum = "4095") @Nullable Integer vpIndex,
      @Schema(description = "What L1 has written to HV_X64_MSR_VP_ASSIST_PAGE (0x40000073). Left out:"
          + " nothing.") @Nullable Word64 vpAssistMsr) {}

  /** Pages of memory. */
  @Schema(name = "ScenarioMemory",
      description = "Whole pages of L1's memory, with at most one of the four contents; the rest is 0.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record MemoryPart(
      @Schema(description = "L1 guest-physical address of the first page, page-aligned.",
          example = "0x20000") @JsonProperty(required = true) Word64 gpa,
      @Schema(description = "How many pages of 4096 bytes. Left out: as many as bytes needs, at least one.",
          minimum = "1") @Nullable Integer pages,
      @Schema(description = "The bytes from the first one on.") @Nullable MemoryBytes bytes,
      @Schema(description = "Fields of an eVMCS page.") @Nullable EvmcsFieldValues evmcsFields,
      @Schema(description = "Fields of a VP assist page.") @Nullable VpAssistValues vpAssist,
      @Schema(
          description = "The field of a partition assist page.") @Nullable PartitionAssistPart partitionAssist) {}

  /** An event. Which properties go with which type, {@link EventMapper} knows. */
  @Schema(name = "ScenarioEvent",
      description = "Something that happens on a vCPU. Each type has properties of its own;"
          + " others are unknown to it.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record EventPart(
      @Schema(description = "What happens.", enumAsRef = true) @JsonProperty(
          required = true) EventType type,
      @Schema(description = "The index of the vCPU.", minimum = "0", maximum = "63",
          defaultValue = "0") @Nullable Integer vcpu,
      @Schema(description = "write: the address of the first byte, or of the page; vmclear: of the"
          + " VMCS.") @Nullable Word64 gpa,
      @Schema(description = "write: the bytes.") @Nullable MemoryBytes bytes,
      @Schema(description = "write: fields of the eVMCS page at gpa.") @Nullable EvmcsFieldValues evmcsFields,
      @Schema(description = "write: fields of the VP assist page at gpa.") @Nullable VpAssistValues vpAssist,
      @Schema(description = "write: the field of the partition assist page at"
          + " gpa.") @Nullable PartitionAssistPart partitionAssist,
      @Schema(
          description = "wrmsr: HV_X64_MSR_VP_ASSIST_PAGE, 0x40000073; scenarios have no other.",
          example = "0x40000073") @Nullable Word32 msr,
      @Schema(description = "wrmsr: what is written.") @Nullable Word64 value,
      @Schema(enumAsRef = true, description = "vmEntry: which instruction. Left out:"
          + " VMRESUME.") @Nullable EntryInstruction instruction,
      @Schema(description = "exit: the exit.") @Nullable ExitPart exit,
      @Schema(description = "exit: the registers. Left out: rsp, rip and rflags of L2 as they were last;"
          + " else 0.") @Nullable RegistersPart registers,
      @Schema(description = "inject: the exit reason.") @Nullable Word32 reason,
      @Schema(description = "inject: VM-exit interruption information. Left out:"
          + " 0x0.") @Nullable Word32 interruptionInfo,
      @Schema(description = "inject: exit qualification. Left out: 0x0.") @Nullable Word64 qualification,
      @Schema(description = "restore: whether the vCPU is created anew before. Left out:"
          + " true.") @Nullable Boolean recreated) {}

  /** The exit of an event: that of a decision, less where it comes from. */
  @Schema(name = "ScenarioExit", description = "A VM-exit from the level that the vCPU is in.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record ExitPart(
      @Schema(description = "The raw exit reason, 32 bits.",
          example = "0x12") @JsonProperty(required = true) Word32 reason,
      @Schema(description = "Exit qualification. Left out: 0x0.") @Nullable Word64 qualification,
      @Schema(description = "VM-exit interruption information. Left out:"
          + " 0x0.") @Nullable Word32 interruptionInfo,
      @Schema(description = "VM-exit interruption error code. Left out:"
          + " 0x0.") @Nullable Word32 interruptionErrorCode,
      @Schema(description = "Length of the instruction in bytes. Left out: 0.", minimum = "0",
          maximum = "4294967295") @Nullable Long instructionLength,
      @Schema(description = "VM-exit instruction information. Left out: that of the vCPU's last exit from"
          + " L2.") @Nullable Word32 instructionInfo,
      @Schema(description = "Guest-linear address. Left out: that of the vCPU's last exit from"
          + " L2.") @Nullable Word64 guestLinearAddress,
      @Schema(description = "IDT-vectoring information. Left out: 0x0.") @Nullable Word32 idtVectoringInfo,
      @Schema(description = "IDT-vectoring error code. Left out:"
          + " 0x0.") @Nullable Word32 idtVectoringErrorCode) {}

  /** The type of an event. */
  @Schema(name = "ScenarioEventType",
      description = "write: software writes memory. wrmsr: L1 writes the VP assist MSR."
          + " vmEntry: L1 executes VMRESUME or VMLAUNCH. vmclear: L1 executes VMCLEAR. exit:"
          + " the vCPU exits, from L1 for a flush hypercall only. inject: L0 makes L2 exit to"
          + " L1 of its own accord. enter: L0 enters the guest. save: the VMM calls"
          + " KVM_GET_NESTED_STATE. restore: the VMM calls KVM_SET_NESTED_STATE with the vCPU's"
          + " last save.",
      enumAsRef = true)
  enum EventType {
    WRITE("write"),
    WRMSR("wrmsr"),
    VM_ENTRY("vmEntry"),
    VMCLEAR("vmclear"),
    EXIT("exit"),
    INJECT("inject"),
    ENTER(
        "enter"),
    SAVE("save"),
    RESTORE("restore");

    private final String wireName;

    EventType(String wireName) {
      this.wireName = wireName;
    }

    /** The type of that very name; Jackson would trim it first. */
    @JsonCreator
    static EventType named(String name) {
      for (EventType type : values()) {
        if (type.wireName.equals(name)) {
          return type;
        }
      }
      throw new IllegalArgumentException("no such type of event");
    }

    /** The name in JSON. */
    @JsonValue
    String wireName() {
      return wireName;
    }
  }
}
