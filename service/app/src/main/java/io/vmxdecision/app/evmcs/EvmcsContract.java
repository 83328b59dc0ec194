package io.vmxdecision.app.evmcs;

import static java.util.Objects.requireNonNull;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.Schema;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.VpAssistValues;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.check.EvmcsCheck;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.check.SharedPage;
import io.vmxdecision.engine.view.CleanFieldGroup;
import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.ExecutionControl;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Completes the contract: an example of each operation, request and answer, the answers the toolbox's
 * own; and words for the engine's enumerations, which know nothing of OpenAPI.
 */
@Component
class EvmcsContract implements OpenApiCustomizer {
  private static final long ENABLE_EPT = 1L << ExecutionControl.ENABLE_EPT.bit();
  private static final long USE_TSC_SCALING = 1L << ExecutionControl.USE_TSC_SCALING.bit();

  private final JsonMapper mapper;

  EvmcsContract(JsonMapper mapper) {
    this.mapper = mapper;
  }

  @Override
  public void customise(OpenAPI api) {
    describeEnumerations(api.getComponents().getSchemas());
    answer(
        path(api, "fields").getGet(),
        "One of the fields",
        EvmcsFieldCatalogue.of(List.of(EvmcsField.HV_VM_ID)));

    EvmcsPage page = page(fields(1, ENABLE_EPT));
    Operation decode = path(api, "decode").getPost();
    request(decode, "A page", page);
    answer(decode, "With nonzero=true", EvmcsToolbox.decode(page, true));

    Operation encode = path(api, "encode").getPost();
    request(encode, "Fields over a zero page", new EvmcsEncodeRequest(fields(1, ENABLE_EPT), null));
    answer(encode, "The page", page);

    Operation diff = path(api, "diff").getPost();
    EvmcsPair pair = new EvmcsPair(page.evmcs(), page(fields(2, ENABLE_EPT)).evmcs());
    request(diff, "Another VmId, and clean bit 15 still set", pair);
    answer(diff, "L1 should have cleared it", EvmcsToolbox.diff(pair));

    Operation check = path(api, "check").getPost();
    EvmcsCheckRequest suspect =
        new EvmcsCheckRequest(
            null,
            fields(2, ENABLE_EPT | USE_TSC_SCALING),
            null,
            new VpAssistValues(null, null, false),
            page(fields(1, ENABLE_EPT | USE_TSC_SCALING)).evmcs());
    request(check, "TSC scaling, a flush half configured, and a stale VmId", suspect);
    answer(check, "An error and two warnings", EvmcsToolbox.check(suspect));
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

  @SuppressWarnings("rawtypes")
  private static void describe(Map<String, Schema> schemas, Class<?> type, String description) {
    requireNonNull(schemas.get(type.getSimpleName())).setDescription(description);
  }

  private static String texts() {
    return Arrays.stream(EvmcsCheck.values())
        .map(check -> check.name() + ": " + check.statement())
        .collect(Collectors.joining(" "));
  }

  private static PathItem path(OpenAPI api, String name) {
    return requireNonNull(api.getPaths().get("/v1/evmcs/" + name));
  }

  private void request(Operation operation, String summary, Object example) {
    json(operation.getRequestBody().getContent(), summary, example);
  }

  private void answer(Operation operation, String summary, Object example) {
    json(requireNonNull(operation.getResponses().get("200")).getContent(), summary, example);
  }

  private void json(Content content, String summary, Object example) {
    requireNonNull(content.get(MediaType.APPLICATION_JSON_VALUE))
        .addExamples(
            "example",
            new Example().summary(summary).value(mapper.convertValue(example, Map.class)));
  }

  private static EvmcsPage page(EvmcsFieldValues fields) {
    return EvmcsToolbox.encode(new EvmcsEncodeRequest(fields, null));
  }

  private static EvmcsFieldValues fields(long vmId, long secondaryControls) {
    return EvmcsFieldValues.of(
        Map.of(
            "revision_id", new Word64(1),
            "cpu_based_vm_exec_control", new Word64(0x8400_6172L),
            "secondary_vm_exec_control", new Word64(secondaryControls),
            "hv_clean_fields", new Word64(0xffff),
            "hv_enlightenments_control", new Word64(1),
            "hv_vm_id", new Word64(vmId),
            "hv_vp_id", new Word64(1),
            "partition_assist_page", new Word64(0x77000)));
  }
}
