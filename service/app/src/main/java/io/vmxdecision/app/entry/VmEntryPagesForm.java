package io.vmxdecision.app.entry;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decision.PagesForm;
import io.vmxdecision.app.entry.VmEntryRequest.SnapshotPart;
import io.vmxdecision.app.wire.Page;
import org.jspecify.annotations.Nullable;

/**
 * Raw pages as the parts of a form, beside the request of a VM-entry.
 *
 * @param request to clients a text, as in {@link PagesForm}
 */
@Schema(name = "VmEntryPagesForm",
    description = "Raw pages of exactly 4096 bytes, and the request of a VM-entry that they belong to.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record VmEntryPagesForm(
    @Schema(description = "The enlightened VMCS page, in place of snapshot.evmcs.",
        implementation = String.class, format = "binary") @Nullable Page evmcs,
    @Schema(description = "The VP assist page, in place of snapshot.vpAssistPage.",
        implementation = String.class, format = "binary") @Nullable Page vpAssistPage,
    @Schema(description = "The partition assist page, in place of snapshot.partitionAssistPage.",
        implementation = String.class, format = "binary") @Nullable Page partitionAssistPage,
    @Schema(description = "A VmEntryRequest in JSON, without the pages that are parts of the form. Fields"
        + " in it, such as evmcsFields, are laid over those pages.",
        implementation = String.class, contentMediaType = "application/json",
        contentSchema = VmEntryRequest.class,
        requiredMode = RequiredMode.REQUIRED) JsonPart request) {

  /** What {@code request} of the form holds, with the pages of the form in their places. */
  static VmEntryRequest layOver(PagesForm form, VmEntryRequest read) {
    SnapshotPart from = read.snapshot();
    SnapshotPart snapshot =
        new SnapshotPart(
            from.vcpu(),
            from.host(),
            from.cpuid(),
            from.vcpus(),
            form.evmcs() == null ? from.evmcs() : form.evmcs(),
            from.evmcsFields(),
            from.vmcsFields(),
            form.vpAssistPage() == null ? from.vpAssistPage() : form.vpAssistPage(),
            from.vpAssist(),
            form.partitionAssistPage() == null ? from.partitionAssistPage() : form.partitionAssistPage(),
            from.partitionAssist(),
            from.registers(),
            from.memory(),
            from.translations());
    return new VmEntryRequest(read.id(), read.profile(), snapshot, read.entry(), read.capabilities());
  }
}
