package io.vmxdecision.app.evmcs;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.VpAssistValues;
import org.jspecify.annotations.Nullable;

/** What to check. */
@Schema(name = "EvmcsCheckRequest",
    description = "An enlightened VMCS, by evmcs, evmcsFields or both (one of them is required), and what else"
        + " there is of its surroundings.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
record EvmcsCheckRequest(
    @Schema(
        description = "The L0 that would take the page. It decides which controls are refused. tlfs leaves"
            + " that to the L0 and is answered with 422.",
        defaultValue = "kvm-6.12") @Nullable String profile,
    @Schema(
        description = "The enlightened VMCS page. Left out: evmcsFields over a zero page.") @Nullable Page evmcs,
    @Schema(description = "Fields laid over evmcs.") @Nullable EvmcsFieldValues evmcsFields,
    @Schema(
        description = "The VP assist page. Left out, with vpAssist left out too: whether it enables the L2"
            + " TLB flush is not looked at.") @Nullable Page vpAssistPage,
    @Schema(description = "Fields laid over vpAssistPage.") @Nullable VpAssistValues vpAssist,
    @Schema(description = "The enlightened VMCS page as L0 last loaded it, for the clean fields: a field that"
        + " has changed since then, in a group whose clean bit is set, is a finding. The page to check has to"
        + " be as L1 left it for its next VM-entry, since L0 sets all clean bits when it enters. Left out:"
        + " clean fields are not looked at.") @Nullable Page previousEvmcs) {}
