package io.vmxdecision.app.openapi;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.BooleanSchema;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.QueryParameter;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.VmEntry;
import java.math.BigDecimal;
import java.util.Objects;

/** The parameters of {@code GET /v1/capabilities}: one for each capability that the engine knows. */
final class CapabilityParameters {
  private static final String PATH = "/v1/capabilities";

  private CapabilityParameters() {}

  static void addTo(OpenAPI api) {
    Operation operation = Objects.requireNonNull(api.getPaths().get(PATH)).getGet();
    for (Capability capability : Capability.values()) {
      operation.addParametersItem(
          new QueryParameter()
              .name(capability.label())
              .description(description(capability))
              .schema(schema(capability)));
    }
  }

  private static String description(Capability capability) {
    return switch (capability) {
      case EFER -> "The bits of IA32_EFER that may be set.";
      case DEBUGCTL -> "The bits of IA32_DEBUGCTL that are supported.";
      case PERF_GLOBAL_CTRL -> "The bits that are defined in IA32_PERF_GLOBAL_CTRL.";
      case MAX_PHY_ADDR -> "Physical-address width: CPUID 0x80000008 EAX 7:0.";
      case LAM -> "Whether there is LAM.";
      default -> capability.msrName() + ", 0x" + Integer.toHexString(capability.msr()) + ".";
    };
  }

  private static Schema<?> schema(Capability capability) {
    return switch (capability) {
      case MAX_PHY_ADDR -> new IntegerSchema()
          .minimum(BigDecimal.valueOf(VmEntry.MIN_PHY_ADDR))
          .maximum(BigDecimal.valueOf(VmEntry.MAX_PHY_ADDR));
      case LAM -> new BooleanSchema();
      default -> new StringSchema().pattern(Word64.PATTERN);
    };
  }
}
