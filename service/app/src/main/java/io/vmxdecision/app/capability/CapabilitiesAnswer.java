package io.vmxdecision.app.capability;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Capability words, bit by bit, as they stand in JSON. */
@Schema(name = "CapabilityWords", description = "VMX capability words and facts of the CPU, bit by bit.")
record CapabilitiesAnswer(
    @ArraySchema(arraySchema = @Schema(
        description = "The words that were given, or all with their defaults.",
        requiredMode = RequiredMode.REQUIRED)) List<CapabilityPart> capabilities) {

  /** Where a value comes from. */
  @Schema(name = "CapabilitySource",
      description = "DEFAULT: what KVM 6.12 gives L1 on a CPU of the Skylake-X class. GIVEN: the request has it.",
      enumAsRef = true)
  enum Source {
    DEFAULT, GIVEN
  }

  /** What a capability word says of a control. */
  @Schema(name = "ControlSetting", description = "What the word says of the control.", enumAsRef = true)
  enum Setting {
    MUST_BE_0, MUST_BE_1, EITHER
  }

  /** One word. */
  @Schema(name = "CapabilityWord", description = "A capability: a word, a number or a flag.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record CapabilityPart(
      @Schema(description = "The name in a request's capabilities.", example = "vmxMisc",
          requiredMode = RequiredMode.REQUIRED) String name,
      @Schema(description = "The name of the MSR, if it is a VMX capability MSR.",
          example = "IA32_VMX_MISC") @Nullable String msrName,
      @Schema(description = "The address of the MSR.", example = "0x485") @Nullable Word32 msr,
      @Schema(description = "Where the value comes from.",
          requiredMode = RequiredMode.REQUIRED) Source source,
      @Schema(description = "The word.") @Nullable Word64 value,
      @Schema(description = "With maxPhyAddr: the width in bits.", minimum = "36",
          maximum = "52") @Nullable Integer number,
      @Schema(description = "With lam: whether there is LAM.") @Nullable Boolean flag,
      @Schema(description = "Of the five control words: what L1 reads where L0 has this word and eVMCS is on,"
          + " with bit 0 of CPUID 0x4000000A EBX. Without that bit, load IA32_PERF_GLOBAL_CTRL is hidden too"
          + " (VM-exit control 12, VM-entry control 13). Checks judge by the whole"
          + " word.") @Nullable Word64 readByL1,
      @ArraySchema(arraySchema = @Schema(description = "The bits, lowest first.",
          requiredMode = RequiredMode.REQUIRED)) List<BitsPart> bits) {}

  /** One bit, or several that belong together. */
  @Schema(name = "CapabilityBits", description = "A bit of a word, or several that belong together.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BitsPart(
      @Schema(description = "The bit, or the highest and the lowest. Of a control word: the control, whose"
          + " bits are n and n+32.", example = "24:16", pattern = "^[0-9]{1,2}(:[0-9]{1,2})?$",
          requiredMode = RequiredMode.REQUIRED) String bits,
      @Schema(description = "What the SDM calls it; absent of a reserved bit.",
          example = "number of CR3-target values") @Nullable String name,
      @Schema(description = "The value of the bits; absent of a control.") @Nullable Word64 value,
      @Schema(description = "Of a control.") @Nullable Setting setting,
      @Schema(description = "Of a control: whether an eVMCS supports it.") @Nullable Boolean evmcs) {}
}
