package io.vmxdecision.app.exitreason;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.ExitReasonKind;
import org.jspecify.annotations.Nullable;

/** An exit reason, decoded. */
@Schema(name = "ExitReason", description = "An exit reason, decoded (rules X).")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExitReasonAnswer(
    @Schema(description = "The raw reason, 32 bits.", example = "0x10000031",
        requiredMode = RequiredMode.REQUIRED) Word32 raw,
    @Schema(description = "The basic reason, bits 15:0.", example = "0x31",
        requiredMode = RequiredMode.REQUIRED) Word32 basic,
    @Schema(description = "The Linux name of the basic reason, or of the synthetic exit; left out where no"
        + " reason of that number is defined.", example = "VMCALL") @Nullable String name,
    @Schema(description = "What the value can be at all.", enumAsRef = true,
        requiredMode = RequiredMode.REQUIRED) ExitReasonKind kind,
    @Schema(
        description = "In a decision, where the exit has more to tell than its reason.") @Nullable ExitDetail detail) {

  /** Decodes the raw value alone. */
  public static ExitReasonAnswer of(int raw) {
    return of(raw, null);
  }

  /** Decodes a whole exit. */
  public static ExitReasonAnswer of(Snapshot snapshot, VmExit exit) {
    return of(exit.reason(), ExitDetail.of(snapshot, exit));
  }

  private static ExitReasonAnswer of(int raw, @Nullable ExitDetail detail) {
    int basic = ExitReason.basic(raw);
    ExitReasonKind kind = ExitReason.kind(raw);
    return new ExitReasonAnswer(new Word32(raw), new Word32(basic), name(basic, kind), kind, detail);
  }

  private static @Nullable String name(int basic, ExitReasonKind kind) {
    if (kind == ExitReasonKind.HYPERV_SYNTHETIC) {
      return ExitReason.SYNTHETIC_NAME;
    }
    BasicExitReason reason = BasicExitReason.of(basic);
    return reason == null ? null : reason.name();
  }
}
