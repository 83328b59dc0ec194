package io.vmxdecision.app.wire;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import org.jspecify.annotations.Nullable;

/** Fields of a VP assist page by name. */
@Schema(name = "VpAssist",
    description = "Fields laid over vpAssistPage, or over a zero page if there is none.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
public record VpAssistValues(
    @Schema(description = "The byte enlighten_vmentry at 0x28: 1 or 0.") @Nullable Boolean enlightenVmentry,
    @Schema(description = "current_nested_vmcs, 64 bits at 0x30.") @Nullable Word64 currentNestedVmcs,
    @Schema(
        description = "Bit 0 of nested_control.features, 32 bits at 0x20.") @Nullable Boolean directHypercall) {

  /** Lays the values over {@code page}. */
  void applyTo(VpAssistPage page) {
    if (enlightenVmentry != null) {
      page.enlightenVmentry(enlightenVmentry ? 1 : 0);
    }
    if (currentNestedVmcs != null) {
      page.currentNestedVmcs(currentNestedVmcs.value());
    }
    if (directHypercall != null) {
      page.directHypercall(directHypercall);
    }
  }
}
