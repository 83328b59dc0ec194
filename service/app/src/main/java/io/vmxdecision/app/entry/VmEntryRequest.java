package io.vmxdecision.app.entry;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.decision.DecisionRequest.MemoryPart;
import io.vmxdecision.app.decision.DecisionRequest.PartitionAssistPart;
import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.DecisionRequest.VcpuPart;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.VmcsFieldValues;
import io.vmxdecision.app.wire.VpAssistValues;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.EntryInstruction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A VMLAUNCH or VMRESUME to decide, as it stands in JSON. What is left out is null. */
@Schema(name = "VmEntryRequest", description = "A snapshot with a VMCS, and the VM-entry to decide.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record VmEntryRequest(
    @Schema(description = "Echoed in the answer.", maxLength = 256,
        example = "case-17") @Nullable String id,
    @Schema(description = "Who checks: kvm-6.12, Linux KVM 6.12 as L0 and the CPU behind it; sdm, a bare CPU"
        + " by SDM vol. 3, chapter 27, for an ordinary VMCS. kvm-6.1 and kvm-7.3, for an eVMCS only, refuse"
        + " other controls in it (N-C49 to N-C53), and are taken to check the rest as kvm-6.12 does. tlfs says"
        + " nothing of VM-entries and is answered with 422.",
        defaultValue = "kvm-6.12") @Nullable String profile,
    @Schema(description = "What L0 knows at the instruction.") @JsonProperty(
        required = true) SnapshotPart snapshot,
    @Schema(description = "The instruction and the state of the vCPU.") @JsonProperty(
        required = true) EntryPart entry,
    @Schema(description = "The VMX capability MSRs and facts of the CPU, each left out alone. Left out:"
        + " under KVM what kvm-6.12 gives L1 on a CPU of the Skylake-X class, under sdm"
        + " unknown.") @Nullable CapabilitiesPart capabilities) {

  /** The snapshot. */
  @Schema(name = "VmEntrySnapshot",
      description = "An eVMCS (evmcs, evmcsFields) that the VP assist page puts in use, or an ordinary VMCS"
          + " (vmcsFields). What a VM-entry does not depend on is accepted as in a decision's snapshot.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record SnapshotPart(
      @Schema(description = "Index of the vCPU in vcpus.", minimum = "0", maximum = "4095",
          defaultValue = "0") @Nullable Integer vcpu,
      @Schema(description = "The machine that L0 runs on.") @Nullable HostPart host,
      @Schema(description = "CPUID.") @Nullable CpuidPart cpuid,
      @ArraySchema(arraySchema = @Schema(description = "The vCPUs of L1's VM; no check looks at them."),
          minItems = 1) @Nullable List<VcpuPart> vcpus,
      @Schema(description = "The enlightened VMCS page.") @Nullable Page evmcs,
      @Schema(description = "Fields laid over evmcs.") @Nullable EvmcsFieldValues evmcsFields,
      @Schema(description = "The fields of an ordinary VMCS, in place of evmcs and"
          + " evmcsFields.") @Nullable VmcsFieldValues vmcsFields,
      @Schema(description = "The VP assist page.") @Nullable Page vpAssistPage,
      @Schema(description = "Fields laid over vpAssistPage.") @Nullable VpAssistValues vpAssist,
      @Schema(
          description = "The partition assist page; no check looks at it.") @Nullable Page partitionAssistPage,
      @Schema(description = "The field laid over"
          + " partitionAssistPage.") @Nullable PartitionAssistPart partitionAssist,
      @Schema(description = "Registers; no check looks at them.") @Nullable RegistersPart registers,
      @ArraySchema(arraySchema = @Schema(
          description = "L1 guest-physical memory, under sdm physical memory. What no region covers is"
              + " unreadable, under sdm unknown. Regions must not overlap.")) @Nullable List<MemoryPart> memory,
      @ArraySchema(arraySchema = @Schema(
          description = "L1's EPT; no check looks at it.")) @Nullable List<TranslationPart> translations) {}

  /** The host. */
  @Schema(name = "VmEntryHost", description = "The CPU that enters.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record HostPart(
      @Schema(description = "Whether it has 5-level paging: linear addresses may have 57 bits.",
          defaultValue = "false") @Nullable Boolean la57,
      @Schema(description = "Whether it keeps a segment's access rights in 16 bits, so that VMWRITE loses"
          + " bits 11:8 and 31:17. Left out: no, under sdm unknown.") @Nullable Boolean narrowAccessRights,
      @Schema(description = "Under sdm: whether it refuses to inject an NMI while STI blocks. Left out:"
          + " unknown.") @Nullable Boolean stiBlocksNmi,
      @Schema(
          description = "Under sdm: whether it refuses to load IA32_BIOS_UPDT_TRIG and IA32_BIOS_SIGN_ID from"
              + " the VM-entry MSR-load area. Left out: unknown.") @Nullable Boolean blocksMicrocodeMsrs) {}

  /** CPUID. */
  @Schema(name = "VmEntryCpuid", description = "CPUID, as far as checks depend on it, and what a decision's"
      + " snapshot has.", additionalProperties = AdditionalPropertiesValue.FALSE)
  record CpuidPart(
      @Schema(description = "Leaf 0x4000000A, EAX; no check looks at it.") @Nullable Word32 nestedEax,
      @Schema(description = "Leaf 0x40000004, EAX; no check looks at it.") @Nullable Word32 enlightenmentsEax,
      @Schema(description = "Leaf 0x40000003, EDX; no check looks at it.") @Nullable Word32 featuresEdx,
      @Schema(description = "No check looks at it.") @Nullable Boolean enforced,
      @Schema(description = "SGX, leaf 7 EBX bit 2. Left out: no, under sdm unknown.") @Nullable Boolean sgx,
      @Schema(
          description = "RTM, leaf 7 EBX bit 11. Left out: yes, under sdm unknown.") @Nullable Boolean rtm,
      @Schema(description = "Bus-lock detection, leaf 7 ECX bit 24. Left out: no, under sdm"
          + " unknown.") @Nullable Boolean busLockDetection) {}

  /** The instruction. */
  @Schema(name = "VmEntry", description = "The instruction, and the state of the vCPU that executes it.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record EntryPart(
      @Schema(description = "The instruction.", example = "VMLAUNCH", enumAsRef = true) @JsonProperty(
          required = true) EntryInstruction instruction,
      @Schema(description = "Whether L1 is in the shadow of a MOV SS or POP SS.",
          defaultValue = "false") @Nullable Boolean movSsBlocking,
      @Schema(description = "With an eVMCS: whether L0 still has it mapped from an earlier entry. Left out:"
          + " VMLAUNCH no, VMRESUME yes.") @Nullable Boolean evmcsMapped,
      @Schema(description = "With vmcsFields: whether the launch state is \"launched\". Left out:"
          + " no.") @Nullable Boolean launched,
      @Schema(description = "With vmcsFields: whether the APIC is in x2APIC mode. Left out:"
          + " no.") @Nullable Boolean x2apic,
      @Schema(description = "IA32_EFER.LMA at the instruction.",
          defaultValue = "true") @Nullable Boolean longMode,
      @Schema(description = "CR4.LA57 at the instruction.", defaultValue = "false") @Nullable Boolean la57,
      @Schema(description = "Under sdm: whether the logical processor is in SMM. Left out:"
          + " no.") @Nullable Boolean smm,
      @Schema(description = "Under sdm: IA32_RTIT_CTL bit 0 at the instruction. Left out:"
          + " unknown.") @Nullable Boolean tracing,
      @Schema(description = "Under sdm: the physical address of the current VMCS. Left out:"
          + " unknown.") @Nullable Word64 vmcsPointer) {}

  /** The capabilities, by the names of the engine's. */
  @Schema(name = "VmxCapabilities",
      description = "Words by MSR name. A control MSR holds the bits that must be 1 in 31:0, and those that may"
          + " be 1 in 63:32.",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record CapabilitiesPart(
      @Schema(description = "IA32_VMX_TRUE_PINBASED_CTLS, 0x48d.") @Nullable Word64 vmxTruePinbasedCtls,
      @Schema(description = "IA32_VMX_TRUE_PROCBASED_CTLS, 0x48e.") @Nullable Word64 vmxTrueProcbasedCtls,
      @Schema(description = "IA32_VMX_PROCBASED_CTLS2, 0x48b.") @Nullable Word64 vmxProcbasedCtls2,
      @Schema(description = "IA32_VMX_TRUE_EXIT_CTLS, 0x48f.") @Nullable Word64 vmxTrueExitCtls,
      @Schema(description = "IA32_VMX_TRUE_ENTRY_CTLS, 0x490.") @Nullable Word64 vmxTrueEntryCtls,
      @Schema(description = "IA32_VMX_MISC, 0x485.") @Nullable Word64 vmxMisc,
      @Schema(description = "IA32_VMX_CR0_FIXED0, 0x486.") @Nullable Word64 vmxCr0Fixed0,
      @Schema(description = "IA32_VMX_CR0_FIXED1, 0x487.") @Nullable Word64 vmxCr0Fixed1,
      @Schema(description = "IA32_VMX_CR4_FIXED0, 0x488.") @Nullable Word64 vmxCr4Fixed0,
      @Schema(description = "IA32_VMX_CR4_FIXED1, 0x489.") @Nullable Word64 vmxCr4Fixed1,
      @Schema(description = "IA32_VMX_EPT_VPID_CAP, 0x48c.") @Nullable Word64 vmxEptVpidCap,
      @Schema(description = "IA32_VMX_VMFUNC, 0x491.") @Nullable Word64 vmxVmfunc,
      @Schema(description = "The bits of IA32_EFER that may be set.") @Nullable Word64 efer,
      @Schema(description = "The bits of IA32_DEBUGCTL that are supported.") @Nullable Word64 debugctl,
      @Schema(description = "The bits that are defined in"
          + " IA32_PERF_GLOBAL_CTRL.") @Nullable Word64 perfGlobalCtrl,
      @Schema(description = "Physical-address width: CPUID 0x80000008 EAX 7:0.", minimum = "36",
          maximum = "52") @Nullable Integer maxPhyAddr,
      @Schema(description = "Whether there is LAM: bits 62:61 of a CR3 are ignored.") @Nullable Boolean lam,
      @Schema(description = "IA32_VMX_BASIC, 0x480. Looked at under sdm.") @Nullable Word64 vmxBasic,
      @Schema(description = "IA32_VMX_PROCBASED_CTLS3, 0x492. Looked at under"
          + " sdm.") @Nullable Word64 vmxProcbasedCtls3,
      @Schema(description = "IA32_VMX_EXIT_CTLS2, 0x493. Looked at under"
          + " sdm.") @Nullable Word64 vmxExitCtls2) {}
}
