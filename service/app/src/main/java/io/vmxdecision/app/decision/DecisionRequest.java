package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.MemoryBytes;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.VpAssistValues;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request for one decision, as it stands in JSON. What is left out is null. */
@Schema(name = "DecisionRequest", description = "A snapshot of what L0 knows, and the VM-exit to decide.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
public record DecisionRequest(
    @Schema(description = "Echoed in the answer.", maxLength = MAX_ID_LENGTH,
        example = "case-17") @Nullable String id,
    @Schema(
        description = "The behaviour profile: which L0 is modelled, or that the text of the TLFS is asked.",
        defaultValue = "kvm-6.12") @Nullable String profile,
    @Schema(description = "What L0 knows at the exit.") @JsonProperty(required = true) SnapshotPart snapshot,
    @Schema(description = "The VM-exit to decide.") @JsonProperty(required = true) ExitPart exit) {
  /** The longest id, in characters. */
  static final int MAX_ID_LENGTH = 256;

  /** The snapshot. */
  @Schema(name = "Snapshot",
      description = "The shared pages as L0 last read them, L1's CPUID, the vCPUs, the registers of the"
          + " exiting one, and the memory that the rules may read.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record SnapshotPart(
      @Schema(description = "Index of the exiting vCPU in vcpus.", minimum = "0", maximum = "4095",
          defaultValue = "0") @Nullable Integer vcpu,
      @Schema(description = "The machine that L0 runs on. Left out: 4-level paging.") @Nullable HostPart host,
      @Schema(description = "L1's CPUID. Left out: words 0x0, flags false.") @Nullable CpuidPart cpuid,
      @ArraySchema(
          arraySchema = @Schema(description = "The vCPUs of L1's VM. Left out: one vCPU with vpIndex 0."),
          minItems = 1) @Nullable List<VcpuPart> vcpus,
      @Schema(description = "The enlightened VMCS page. Left out, with evmcsFields left out too: none is"
          + " given, and rule E4 fails.") @Nullable Page evmcs,
      @Schema(description = "Fields laid over evmcs.") @Nullable EvmcsFieldValues evmcsFields,
      @Schema(description = "The VP assist page. Left out, with vpAssist left out too: none is given, and"
          + " rule E1 fails.") @Nullable Page vpAssistPage,
      @Schema(description = "Fields laid over vpAssistPage.") @Nullable VpAssistValues vpAssist,
      @Schema(description = "The partition assist page. Left out, with partitionAssist left out too: L0"
          + " cannot read it (rule C1).") @Nullable Page partitionAssistPage,
      @Schema(
          description = "The field laid over partitionAssistPage.") @Nullable PartitionAssistPart partitionAssist,
      @Schema(description = "The registers of the exiting vCPU.") @Nullable RegistersPart registers,
      @ArraySchema(arraySchema = @Schema(
          description = "L1 guest-physical memory; what no region covers is unreadable. Regions"
              + " must not overlap.")) @Nullable List<MemoryPart> memory,
      @ArraySchema(
          arraySchema = @Schema(
              description = "What L1's EPT makes of L2's pages; a page that is not listed has no"
                  + " translation. A page may be listed once.")) @Nullable List<TranslationPart> translations) {}

  /** The host. */
  @Schema(name = "Host", description = "The machine that L0 runs on.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record HostPart(
      @Schema(description = "Whether it has 5-level paging (57-bit linear addresses).",
          defaultValue = "false") @Nullable Boolean la57) {}

  /** L1's CPUID. */
  @Schema(name = "Cpuid", description = "L1's CPUID, as far as decisions depend on it.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record CpuidPart(
      @Schema(
          description = "Leaf 0x4000000A, EAX; bit 17 is the direct virtual flush (rule F4).") @Nullable Word32 nestedEax,
      @Schema(
          description = "Leaf 0x40000004, EAX; bits 2 and 11 count when enforced (rule H2).") @Nullable Word32 enlightenmentsEax,
      @Schema(
          description = "Leaf 0x40000003, EDX; bit 4 counts when enforced (rule H4).") @Nullable Word32 featuresEdx,
      @Schema(description = "Whether L0 refuses what CPUID does not offer (KVM_CAP_HYPERV_ENFORCE_CPUID).",
          defaultValue = "false") @Nullable Boolean enforced,
      @Schema(description = "Whether the guest has SGX.", defaultValue = "false") @Nullable Boolean sgx,
      @Schema(
          description = "Whether CPUID faulting is on for this vCPU (MSR 0x140 bit 0, or HWCR bit 35 on AMD);"
              + " only rule P9 looks at it.",
          defaultValue = "false") @Nullable Boolean faulting) {}

  /** One vCPU. */
  @Schema(name = "Vcpu", description = "A vCPU of L1's VM, as L0 knows it.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record VcpuPart(
      @Schema(description = "The VP index by which L1 names it.", minimum = "0",
          maximum = "4095") @JsonProperty(required = true) Integer vpIndex,
      @Schema(
          description = "The nested context that it runs. Left out: VmId 0, VpId 0.") @Nullable NestedContextPart l2,
      @Schema(
          description = "The TLB flush entries that wait for it. Left out: none.") @Nullable PendingFlushPart pendingFlush) {}

  /** The nested context that a vCPU runs. */
  @Schema(name = "NestedContext",
      description = "The nested context that a vCPU runs. For the exiting vCPU the eVMCS decides, and this"
          + " is not looked at. Left out: VmId 0, VpId 0, which also is what L0 has for none.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record NestedContextPart(
      @Schema(description = "The VmId, 64 bits: the eVMCS field hv_vm_id.",
          example = "0x1") @JsonProperty(required = true) Word64 vmId,
      @Schema(description = "The VpId, 32 bits: the eVMCS field hv_vp_id.",
          example = "0x2") @JsonProperty(required = true) Word32 vpId) {}

  /** The queues of a vCPU. */
  @Schema(name = "PendingFlush",
      description = "TLB flush entries that wait for a vCPU's next entry to L1 or L2: 63:12 a page, 11:0"
          + " how many further pages; all ones is \"flush all\". A full queue has to hold one.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record PendingFlushPart(
      @ArraySchema(arraySchema = @Schema(description = "The queue for its next entry to L1."),
          maxItems = 16) @Nullable List<Word64> l1,
      @ArraySchema(arraySchema = @Schema(description = "The queue for its next entry to L2."),
          maxItems = 16) @Nullable List<Word64> l2) {}

  /** Fields of the partition assist page. */
  @Schema(name = "PartitionAssist",
      description = "The field laid over partitionAssistPage, or over a zero page if there is none.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record PartitionAssistPart(
      @Schema(description = "TlbLockCount, 32 bits at 0x0.", minimum = "0",
          maximum = "4294967295") @Nullable Long tlbLockCount) {}

  /** The registers of the exiting vCPU. */
  @Schema(name = "Registers",
      description = "Registers of the exiting vCPU at the exit. Left out: 0, but rsp, rip and rflags as the"
          + " eVMCS has them.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record RegistersPart(
      @Schema(
          description = "RAX; outside 64-bit mode EAX is the low half of a hypercall's control word.") @Nullable Word64 rax,
      @Schema(
          description = "RCX: a hypercall's control word; outside 64-bit mode ECX is the low half of a hypercall's input word.") @Nullable Word64 rcx,
      @Schema(
          description = "RDX: a hypercall's input word; outside 64-bit mode EDX is the high half of a hypercall's control word.") @Nullable Word64 rdx,
      @Schema(
          description = "RBX; outside 64-bit mode EBX is the high half of a hypercall's input word.") @Nullable Word64 rbx,
      @Schema(description = "RSP. Left out: as the eVMCS has it.") @Nullable Word64 rsp,
      @Schema(description = "RBP.") @Nullable Word64 rbp,
      @Schema(
          description = "RSI; outside 64-bit mode ESI is the low half of a hypercall's output word.") @Nullable Word64 rsi,
      @Schema(
          description = "RDI; outside 64-bit mode EDI is the high half of a hypercall's output word.") @Nullable Word64 rdi,
      @Schema(description = "R8: a hypercall's output word.") @Nullable Word64 r8,
      @Schema(description = "R9.") @Nullable Word64 r9,
      @Schema(description = "R10.") @Nullable Word64 r10,
      @Schema(description = "R11.") @Nullable Word64 r11,
      @Schema(description = "R12.") @Nullable Word64 r12,
      @Schema(description = "R13.") @Nullable Word64 r13,
      @Schema(description = "R14.") @Nullable Word64 r14,
      @Schema(description = "R15.") @Nullable Word64 r15,
      @Schema(description = "RIP. Left out: as the eVMCS has it.") @Nullable Word64 rip,
      @Schema(description = "RFLAGS. Left out: as the eVMCS has it.") @Nullable Word64 rflags,
      @ArraySchema(arraySchema = @Schema(description = "XMM0 and up; up to six carry hypercall input."),
          maxItems = 6) @Nullable List<XmmPart> xmm,
      @Schema(description = "Privilege level.", minimum = "0", maximum = "3",
          defaultValue = "0") @Nullable Integer cpl,
      @Schema(description = "CR0.PE.", defaultValue = "true") @Nullable Boolean protectedMode,
      @Schema(description = "64-bit mode.", defaultValue = "true") @Nullable Boolean longMode) {

    /** The general-purpose registers by number: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15. */
    List<@Nullable Word64> general() {
      return Arrays.asList(
          rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15);
    }
  }

  /** One XMM register. */
  @Schema(name = "Xmm", description = "An XMM register in two halves; a half left out is 0.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record XmmPart(
      @Schema(description = "Bits 63:0.") @Nullable Word64 lo,
      @Schema(description = "Bits 127:64.") @Nullable Word64 hi) {}

  /** A region of memory. */
  @Schema(name = "MemoryRegion", description = "A region of L1's guest-physical memory.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record MemoryPart(
      @Schema(description = "L1 guest-physical address of the first byte.",
          example = "0x12340000") @JsonProperty(required = true) Word64 gpa,
      @Schema(description = "The bytes from there on, at least one, in base64 (RFC 4648, section 4, padded).",
          example = "AAAAAAAAAAA=") @JsonProperty(required = true) MemoryBytes bytes) {}

  /** The translation of a page. */
  @Schema(name = "Translation",
      description = "An L2 guest-physical page and the L1 page it is translated to; both page-aligned.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record TranslationPart(
      @Schema(description = "L2 guest-physical address of the page.",
          example = "0x5000") @JsonProperty(required = true) Word64 l2Gpa,
      @Schema(description = "L1 guest-physical address of the page.",
          example = "0x12345000") @JsonProperty(required = true) Word64 l1Gpa) {}

  /** The VM-exit. */
  @Schema(name = "Exit",
      description = "The VM-exit as the CPU reported it. Words left out are 0, but instructionInfo and"
          + " guestLinearAddress as the eVMCS has them.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  public record ExitPart(
      @Schema(description = "Who was running.", defaultValue = "L2") @Nullable GuestLevel from,
      @Schema(description = "The raw exit reason; bits 15:0 are the basic reason.",
          example = "0x12") @JsonProperty(
              required = true) Word32 reason,
      @Schema(description = "Exit qualification, 64 bits.") @Nullable Word64 qualification,
      @Schema(description = "VM-exit interruption information, 32 bits.") @Nullable Word32 interruptionInfo,
      @Schema(
          description = "VM-exit interruption error code, 32 bits.") @Nullable Word32 interruptionErrorCode,
      @Schema(description = "Length of the instruction in bytes; 1..15 where hardware defines it.",
          minimum = "0", maximum = "4294967295", defaultValue = "0") @Nullable Long instructionLength,
      @Schema(
          description = "VM-exit instruction information, 32 bits. Left out: as the eVMCS has it.") @Nullable Word32 instructionInfo,
      @Schema(
          description = "Guest-linear address, 64 bits. Left out: as the eVMCS has it.") @Nullable Word64 guestLinearAddress,
      @Schema(description = "IDT-vectoring information, 32 bits.") @Nullable Word32 idtVectoringInfo,
      @Schema(description = "IDT-vectoring error code, 32 bits.") @Nullable Word32 idtVectoringErrorCode) {}
}
