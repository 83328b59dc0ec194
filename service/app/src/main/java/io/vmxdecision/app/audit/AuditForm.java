package io.vmxdecision.app.audit;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import org.jspecify.annotations.Nullable;

/** The form of an audit, for OpenAPI. */
@Schema(name = "AuditForm",
    description = "Snapshots, and then the trace. What a name@SECONDS is called holds from that time of the trace"
        + " on, until a later part of that name; a name alone holds from the beginning.")
record AuditForm(
    @Schema(description = "The enlightened VMCS page, 4,096 bytes. Also evmcs@SECONDS.",
        implementation = String.class, format = "binary") @Nullable String evmcs,
    @Schema(description = "The VP assist page, 4,096 bytes. Also vpAssistPage@SECONDS.",
        implementation = String.class, format = "binary") @Nullable String vpAssistPage,
    @Schema(description = "The partition assist page, 4,096 bytes. Also partitionAssistPage@SECONDS.",
        implementation = String.class, format = "binary") @Nullable String partitionAssistPage,
    @Schema(description = "EAX of CPUID leaf 0x4000000A as L1 sees it. Also nestedEax@SECONDS.",
        example = "0x20101") @Nullable String nestedEax,
    @Schema(description = "The text of the trace; the last part.", implementation = String.class,
        format = "binary", requiredMode = RequiredMode.REQUIRED) String trace) {}
