package io.vmxdecision.app.contract;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MapSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.app.wire.VmcsFieldValues;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Completes the schemas that annotations give: the eVMCS fields come from the engine's catalogue, and
 * the limits of this service from its properties.
 */
@Component
public class ContractSchemas {
  private static final String EVMCS_FIELDS = "EvmcsFields";
  private static final String VMCS_FIELDS = "VmcsFields";
  private static final String VMCS_WORDS = "VmcsWords";
  private static final String PROFILE = "Profile";
  private static final String ENTRY_PROFILE = "VmEntryProfile";
  private static final String CHECK_PROFILE = "EvmcsCheckProfile";

  /** The specification of Hyper-V, which says nothing of VM-entries: requests may name it to be told so. */
  private static final String TLFS = "tlfs";

  private final ServiceLimits limits;
  private final ScenarioLimits scenarios;

  ContractSchemas(ServiceLimits limits, ScenarioLimits scenarios) {
    this.limits = limits;
    this.scenarios = scenarios;
  }

  /** How many tokens a value may have, whatever its schema. */
  long mostTokens() {
    return limits.tokens();
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
      schemas.put(PROFILE, profile());
      refer(request, "profile", PROFILE);
    }
    if (schemas.get("EvmcsCheckRequest") instanceof Schema<?> request) {
      schemas.put(CHECK_PROFILE, checkProfile());
      refer(request, "profile", CHECK_PROFILE);
    }
    if (schemas.get("ScenarioMachine") instanceof Schema<?> machine) {
      property(machine, "vcpus").setMaxItems(scenarios.vcpus());
      property(machine, "memory").setMaxItems(limits.memoryRegions());
      property(machine, "translations").setMaxItems(limits.translations());
    }
    if (schemas.get("ScenarioMemory") instanceof Schema<?> memory) {
      property(memory, "pages").setMaximum(BigDecimal.valueOf(scenarios.pages()));
    }
    if (schemas.get("ScenarioRequest") instanceof Schema<?> request) {
      property(request, "events").setMaxItems(scenarios.events());
    }
    for (String name : List.of("ScenarioRequest", "ScenarioStart")) {
      if (schemas.get(name) instanceof Schema<?> request) {
        schemas.put(PROFILE, profile());
        refer(request, "profile", PROFILE);
      }
    }
    if (schemas.get("CompareRequest") instanceof Schema<?> request) {
      Schema<Object> ids = property(request, "profiles");
      Schema<Object> id = new JsonSchema();
      id.set$ref("#/components/schemas/" + PROFILE);
      ids.setItems(id);
      ids.setUniqueItems(true);
    }
    if (schemas.get("DecisionDifference") instanceof Schema<?> difference) {
      schemas.remove("JsonNode");
      Schema<Object> value = new JsonSchema();
      value.setDescription("The value as the decision has it.");
      property(difference, "values").setAdditionalProperties(value);
    }
    if (schemas.get("RequestChange") instanceof Schema<?> change) {
      schemas.remove("JsonNode");
      for (String name : List.of("from", "to")) {
        Schema<Object> value = new JsonSchema();
        value.setDescription(property(change, name).getDescription());
        change.addProperty(name, value);
      }
    }
    if (schemas.get("VmEntryRequest") instanceof Schema<?> request) {
      schemas.put(ENTRY_PROFILE, entryProfile());
      refer(request, "profile", ENTRY_PROFILE);
    }
    // The engine's own enumerations, which know no OpenAPI.
    if (schemas.get("EntryInstruction") instanceof Schema<?> instruction) {
      instruction.setDescription("The instruction that enters L2.");
    }
    if (schemas.get("EntryOutcome") instanceof Schema<?> outcome) {
      outcome.setDescription(
          "ENTERS: L2 runs, or is parked in its activity state. VM_FAIL_INVALID: RFLAGS.CF is set."
              + " VM_FAIL_VALID: RFLAGS.ZF is set, and there is an error number. FAILED_ENTRY: an exit with"
              + " bit 31 of the reason set.");
    }
    if (schemas.get("EntryStage") instanceof Schema<?> stage) {
      stage.setDescription(
          "A family of checks by the letter of their ids: PREREQUISITES N-P, CONTROLS N-C, HOST_STATE N-H,"
              + " GUEST_STATE N-G, MSR_LOAD N-M, CPU N-S (what L0 leaves to the CPU, or only a bare CPU"
              + " checks).");
    }
    if (schemas.get("Verdict") instanceof Schema<?> verdict) {
      verdict.setDescription(
          "AGREES: who handled the exit must by the rules. CONTRADICTS: another must. UNDECIDED: the trace and the"
              + " snapshots do not tell who must.");
    }
    if (schemas.get("Reach") instanceof Schema<?> reach) {
      reach.setDescription("Which vCPUs with the caller's VmId a flush is for.");
    }
    if (schemas.get("Kind") instanceof Schema<?> kind) {
      kind.setDescription("What an artefact is. More kinds may be added.");
    }
    if (schemas.containsKey("Artefact")) {
      schemas.put(VMCS_WORDS, vmcsWords());
      refer((Schema<?>) Objects.requireNonNull(schemas.get("Artefact")), "fields", VMCS_WORDS);
      refer((Schema<?>) Objects.requireNonNull(schemas.get("ArtefactSnapshot")), "vmcsFields", VMCS_WORDS);
      refer((Schema<?>) Objects.requireNonNull(schemas.get("ArtefactSnapshot")), "registers", "Registers");
    }
    if (schemas.get("HypercallStatus") instanceof Schema<?> status) {
      status.setDescription("How a flush hypercall ended, by the TLFS's name of the status.");
    }
    if (schemas.get("ExitReasonKind") instanceof Schema<?> kind) {
      kind.setDescription(
          "ARCHITECTURAL: a CPU reports it. UNDEFINED: no basic reason of that number is defined."
              + " HYPERV_SYNTHETIC: exactly 0x10000031, from L0. STM: an exit to an SMI-transfer"
              + " monitor. IMPOSSIBLE: no CPU can report it.");
    }
    if (schemas.get("RuleCatalogue") instanceof Schema<?> catalogue) {
      refer(catalogue, "profile", PROFILE);
    }
    limit(schemas.get("Snapshot"));
    limit(schemas.get("VmEntrySnapshot"));
    if (schemas.get("VmEntrySnapshot") instanceof Schema<?> snapshot) {
      schemas.remove(VmcsFieldValues.class.getSimpleName());
      schemas.put(VMCS_FIELDS, vmcsFields());
      refer(snapshot, "vmcsFields", VMCS_FIELDS);
    }
  }

  private static Schema<?> vmcsWords() {
    return new MapSchema()
        .additionalProperties(new StringSchema().pattern(Word64.PATTERN))
        .description("Fields of an ordinary VMCS, by their Linux names.");
  }

  private void limit(@Nullable Object schema) {
    if (schema instanceof Schema<?> snapshot) {
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
        refer(schema, "evmcsFields", EVMCS_FIELDS);
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

  /** Makes a property refer to a schema, with the description and the default that it has. */
  private static void refer(Schema<?> schema, String name, String target) {
    Schema<Object> property = property(schema, name);
    Schema<Object> reference = new JsonSchema();
    reference.set$ref("#/components/schemas/" + target);
    reference.setDescription(property.getDescription());
    if (property.getDefault() != null) {
      reference.setDefault(property.getDefault());
    }
    schema.addProperty(name, reference);
  }

  private static Schema<?> profile() {
    Schema<Object> schema = new JsonSchema();
    schema.setTypes(Set.of("string"));
    schema
        .setDescription("A behaviour profile: which L0 is modelled, or tlfs, what the TLFS demands of any.");
    schema.setEnum(List.copyOf(BehaviourProfile.ids()));
    return schema;
  }

  private static Schema<?> checkProfile() {
    Schema<Object> schema = new JsonSchema();
    schema.setTypes(Set.of("string"));
    schema.setDescription("The L0 that would take an enlightened VMCS.");
    List<Object> ids = new ArrayList<>();
    Arrays.stream(EntryProfile.values())
        .filter(EntryProfile::modelsEvmcs)
        .map(EntryProfile::id)
        .forEach(ids::add);
    ids.add(TLFS);
    schema.setEnum(ids);
    return schema;
  }

  private static Schema<?> entryProfile() {
    Schema<Object> schema = new JsonSchema();
    schema.setTypes(Set.of("string"));
    schema.setDescription("Who checks a VM-entry.");
    List<Object> ids = new ArrayList<>();
    Arrays.stream(EntryProfile.values()).map(EntryProfile::id).forEach(ids::add);
    ids.add(TLFS);
    schema.setEnum(ids);
    return schema;
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

  private static Schema<?> vmcsFields() {
    Schema<Object> schema = new JsonSchema();
    schema.setTypes(Set.of("object"));
    schema.setDescription(
        "Fields of an ordinary VMCS, each by its Linux name or by its VMCS encoding in lower case, such as"
            + " 0x6802. A field that is left out is unknown.");
    for (VmcsField field : VmcsField.values()) {
      schema.addProperty(
          field.linuxName(), word(VmcsFieldValues.patternOf(field), VmcsFieldValues.encodingOf(field)));
    }
    for (VmcsField field : VmcsField.values()) {
      String encoding = VmcsFieldValues.encodingOf(field);
      if (encoding != null) {
        schema.addProperty(encoding, word(VmcsFieldValues.patternOf(field), field.linuxName()));
      }
    }
    schema.setAdditionalProperties(false);
    return schema;
  }

  private static Schema<Object> word(String pattern, @Nullable String otherName) {
    Schema<Object> value = new JsonSchema();
    value.setTypes(Set.of("string"));
    value.setDescription(
        otherName == null ? "The first word of the VMCS region." : "The same as " + otherName + ".");
    value.setPattern(pattern);
    return value;
  }
}
