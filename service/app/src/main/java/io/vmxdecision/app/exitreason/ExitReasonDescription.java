package io.vmxdecision.app.exitreason;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.ExitReasonKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An exit reason, decoded and explained. */
@Schema(name = "ExitReasonDescription", description = "An exit reason, decoded and explained (rules X).")
@JsonInclude(JsonInclude.Include.NON_NULL)
record ExitReasonDescription(
    @JsonUnwrapped ExitReasonAnswer reason,
    @Schema(description = "What the SDM calls the basic reason; left out where none is defined.",
        example = "EPT misconfiguration") @Nullable String title,
    @Schema(description = "The bits above 15 that are set, in words, from the lowest up.",
        requiredMode = RequiredMode.REQUIRED) List<String> modifiers,
    @Schema(description = "Why it is of its kind.",
        requiredMode = RequiredMode.REQUIRED) String explanation) {

  static ExitReasonDescription of(int raw) {
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(raw));
    return new ExitReasonDescription(
        ExitReasonAnswer.of(raw),
        basic == null ? null : basic.title(),
        modifiers(raw),
        explanation(ExitReason.kind(raw)));
  }

  private static List<String> modifiers(int raw) {
    List<String> modifiers = new ArrayList<>();
    for (int bit = Short.SIZE; bit < Integer.SIZE; bit++) {
      int mask = 1 << bit;
      if ((raw & mask) != 0) {
        modifiers.add("bit " + bit + ": " + meaning(mask));
      }
    }
    return modifiers;
  }

  private static String meaning(int mask) {
    return switch (mask) {
      case ExitReason.BUS_LOCK -> "bus lock";
      case ExitReason.ENCLAVE_MODE -> "enclave mode";
      case ExitReason.PENDING_MTF -> "pending MTF VM-exit";
      case ExitReason.FROM_VMX_ROOT -> "exit from VMX root operation";
      case ExitReason.FAILED_VM_ENTRY -> "failed VM-entry";
      default -> "reserved";
    };
  }

  private static String explanation(ExitReasonKind kind) {
    return switch (kind) {
      case ARCHITECTURAL -> "A VM-exit that a CPU reports.";
      case UNDEFINED -> "No basic reason of that number is defined.";
      case HYPERV_SYNTHETIC ->
        "Not from hardware: L0 tells L1 that it has handled a TLB flush hypercall of L2 while"
            + " TlbLockCount was not 0. Hyper-V pairs bit 28, which hardware sets on SMI exits to an STM"
            + " alone, with a basic reason that is no SMI exit. It is no EPT misconfiguration, though"
            + " KVM's tracepoints print it as EPT_MISCONFIG 0x10000000.";
      case STM ->
        "A VM-exit to an SMI-transfer monitor (STM): bit 28 says that an MTF VM-exit was pending, bit 29"
            + " that the exit came from VMX root operation.";
      case IMPOSSIBLE ->
        "No CPU reports it: a reserved bit is set, or bit 28 or 29 with a basic reason that is no exit to"
            + " an STM (5, 6, and 18 with bit 29 alone).";
    };
  }
}
