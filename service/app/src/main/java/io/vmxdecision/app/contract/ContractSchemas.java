package io.vmxdecision.app.contract;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.engine.Profile;
import io.vmxdecision.engine.view.EvmcsField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.stereotype.Component;

/**
 * Completes the schemas that annotations give: the eVMCS fields come from the engine's catalogue, and
 * the limits of this service from its properties.
 */
@Component
public class ContractSchemas {
  private static final String EVMCS_FIELDS = "EvmcsFields";

  private final ServiceLimits limits;

  ContractSchemas(ServiceLimits limits) {
    this.limits = limits;
  }

  /** The schemas of {@code type} and all it refers to, by name, complete. */
  Map<String, Schema<?>> of(Class<?> type) {
    Map<String, Schema<?>> schemas = new LinkedHashMap<>();
    ModelConverters.getInstance(true)
        .readAll(type)
        .forEach((name, schema) -> schemas.put(name, schema));
    complete(schemas);
    return schemas;
  }

  /** Completes {@code schemas} in place. */
  public void complete(Map<String, ? super Schema<?>> schemas) {
    completeEvmcsFields(schemas);
    if (schemas.get("DecisionRequest") instanceof Schema<?> request) {
      property(request, "profile").setEnum(List.copyOf(Profile.ids()));
    }
    if (schemas.get("Snapshot") instanceof Schema<?> snapshot) {
      property(snapshot, "vcpus").setMaxItems(limits.vcpus());
      property(snapshot, "memory").setMaxItems(limits.memoryRegions());
      property(snapshot, "translations").setMaxItems(limits.translations());
    }
  }

  private static void completeEvmcsFields(Map<String, ? super Schema<?>> schemas) {
    boolean used = false;
    for (Object each : schemas.values()) {
      if (each instanceof Schema<?> schema
          && schema.getProperties() != null
          && schema.getProperties().containsKey("evmcsFields")) {
        schema.addProperty("evmcsFields", new JsonSchema().$ref("#/components/schemas/" + EVMCS_FIELDS));
        used = true;
      }
    }
    if (used) {
      schemas.put(EVMCS_FIELDS, evmcsFields());
    }
  }

  @SuppressWarnings("unchecked") // the raw type of the library's own map
  private static Schema<Object> property(Schema<?> schema, String name) {
    return (Schema<Object>) Objects.requireNonNull(schema.getProperties().get(name), name);
  }

  private static Schema<?> evmcsFields() {
    Schema<Object> schema = new JsonSchema();
    schema.setTypes(Set.of("object"));
    schema.setDescription(
        "Fields of an enlightened VMCS by their Linux name. In a request they are laid over the page that is"
            + " given, or over a zero page if there is none.");
    for (EvmcsField field : EvmcsField.values()) {
      Schema<Object> value = new JsonSchema();
      value.setTypes(Set.of("string"));
      value.setDescription(
          "%s, %d bytes at 0x%03x.".formatted(field.tlfsName(), field.bytes(), field.offset()));
      value.setPattern(EvmcsFieldValues.patternOf(field));
      schema.addProperty(field.linuxName(), value);
    }
    schema.setAdditionalProperties(false);
    return schema;
  }
}
