package io.vmxdecision.app.evmcs;

import static java.util.Objects.requireNonNull;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import io.vmxdecision.engine.check.EvmcsCheck;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.check.SharedPage;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.stereotype.Component;

/** Words for the engine's enumerations, which know nothing of OpenAPI. */
@Component
class EvmcsContract implements OpenApiCustomizer {
  @Override
  public void customise(OpenAPI api) {
    describeEnumerations(api.getComponents().getSchemas());
  }

  @SuppressWarnings("rawtypes") // the library's own map
  private static void describeEnumerations(Map<String, Schema> schemas) {
    describe(schemas, EvmcsCheck.class, "A check: " + texts());
    describe(schemas, Severity.class,
        "ERROR: L0 refuses the eVMCS, or the VM-entry with it. WARNING: L0 takes it, but it hardly is what L1"
            + " wants.");
    describe(schemas, SharedPage.class, "The page that a finding points into.");
    describe(schemas, CleanFieldGroup.class,
        "A group of fields that share a bit of hv_clean_fields; ALL: a field of no single group, every bit"
            + " has to be clear; NONE: no bit, the field is always loaded, or only written by L0.");
    requireNonNull(schemas.get("CleanFieldGroup")).getEnum().remove(CleanFieldGroup.UNASSIGNED.name());
  }

  @SuppressWarnings("rawtypes") // the library's own map
  private static void describe(Map<String, Schema> schemas, Class<?> type, String description) {
    requireNonNull(schemas.get(type.getSimpleName())).setDescription(description);
  }

  private static String texts() {
    return Arrays.stream(EvmcsCheck.values())
        .map(check -> check.name() + ": " + check.statement())
        .collect(Collectors.joining(" "));
  }
}
