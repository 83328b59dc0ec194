package io.vmxdecision.app.audit;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import org.jspecify.annotations.Nullable;

/** The form of an audit, for OpenAPI. */
@Schema(name = "AuditForm",
    description = "Snapshots, and then the trace. What a name@SECONDS is called is so from that time of the trace on,"
        + " until a later part of that name; a name alone is so from the beginning. A page is what L1's memory has; what"
        + " L0 holds of it follows from the VM-entries in the trace. Pages of one vCPU are called evmcs:VCPU and"
        + " vpAssistPage:VCPU; memory:GPA is any page of L1's memory, such as an MSR bitmap, 4,096 bytes.")
record AuditForm(
    @Schema(description = "The enlightened VMCS page, 4,096 bytes. Also evmcs:VCPU, evmcs@SECONDS,"
        + " evmcs:VCPU@SECONDS.",
        implementation = String.class, format = "binary") @Nullable String evmcs,
    @Schema(description = "The VP assist page, 4,096 bytes. Also vpAssistPage:VCPU and with @SECONDS.",
        implementation = String.class, format = "binary") @Nullable String vpAssistPage,
    @Schema(description = "The partition assist page, 4,096 bytes. Also partitionAssistPage@SECONDS.",
        implementation = String.class, format = "binary") @Nullable String partitionAssistPage,
    @Schema(description = "EAX of CPUID leaf 0x4000000A as L1 sees it. Also nestedEax@SECONDS.",
        example = "0x20101") @Nullable String nestedEax,
    @Schema(description = "EAX of CPUID leaf 0x40000004 as L1 sees it. Also with @SECONDS.",
        example = "0x44e2c") @Nullable String enlightenmentsEax,
    @Schema(description = "EDX of CPUID leaf 0x40000003 as L1 sees it. Also with @SECONDS.",
        example = "0x84d12") @Nullable String featuresEdx,
    @Schema(description = "Whether L0 refuses what CPUID does not offer. Also with @SECONDS.",
        pattern = "^(true|false)$", example = "true") @Nullable String enforced,
    @Schema(description = "Whether the guest has SGX. Also with @SECONDS.",
        pattern = "^(true|false)$", example = "true") @Nullable String sgx,
    @Schema(description = "The text of the trace; the last part.", implementation = String.class,
        format = "binary", requiredMode = RequiredMode.REQUIRED) String trace) {}
