package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.counterfactual.Change;
import io.vmxdecision.engine.counterfactual.Changeable;
import io.vmxdecision.engine.counterfactual.Place;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A change to one value of a request, as it stands in JSON. What does not apply is left out. */
@Schema(name = "RequestChange",
    description = "A change to one value of the request: write to at pointer. Objects on the way that are missing"
        + " are made; \"-\" appends to a list, which is made too. Without to, take the value away, and with a page the"
        + " fields that are laid over it (evmcsFields, vpAssist, partitionAssist).")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChangePart(
    @Schema(description = "Where, as a JSON Pointer (RFC 6901) into the request.",
        example = "/snapshot/evmcsFields/hv_enlightenments_control",
        requiredMode = RequiredMode.REQUIRED) String pointer,
    @Schema(description = "What changes there: a field by its Linux name, a register, a property.",
        example = "hv_enlightenments_control",
        requiredMode = RequiredMode.REQUIRED) String field,
    @Schema(description = "The bit that changes, if it is one; of memory the bit of the byte at gpa.",
        minimum = "0",
        maximum = "63") @Nullable Integer bit,
    @ArraySchema(arraySchema = @Schema(
        description = "The bits that change, if they are several. Each counts as a change.")) @Nullable List<Integer> bits,
    @Schema(description = "Of memory: the L1 guest-physical address of the byte.") @Nullable Word64 gpa,
    @Schema(
        description = "The whole value as the service took it, in the form of the request. Left out where there"
            + " is none, where a page is taken away, and of memory in a region of more than 8,192"
            + " bytes.") @Nullable JsonNode from,
    @Schema(
        description = "The whole value after the change, in the form of the request. Left out where it is taken"
            + " away, and of memory in a region of more than 8,192 bytes.") @Nullable JsonNode to,
    @Schema(description = "The same in words.",
        example = "eVMCS 0x344 hv_enlightenments_control bit 0: 0 → 1",
        requiredMode = RequiredMode.REQUIRED) String text) {

  /** The same change, of a request that stands elsewhere. */
  public ChangePart at(String place) {
    return new ChangePart(place, field, bit, bits, gpa, from, to, text);
  }

  /** The changes to one value, in words and bits. */
  public static <P extends Changeable> ChangePart of(
      String pointer,
      String field,
      List<Change<P>> changes,
      @Nullable JsonNode from,
      @Nullable JsonNode to) {
    boolean bitwise = changes.stream().allMatch(change -> change.bit() != Change.NO_BIT);
    boolean alone = changes.size() == 1;
    P place = changes.getFirst().place();
    boolean byteOfMemory = place instanceof Place.Memory;
    return new ChangePart(
        pointer,
        field,
        bitwise && alone ? changes.getFirst().bit() : null,
        bitwise && !alone && !byteOfMemory ? changes.stream().map(Change::bit).toList() : null,
        place instanceof Place.Memory(long gpa) && alone ? new Word64(gpa) : null,
        from,
        to,
        changes.stream().map(Change::text).collect(Collectors.joining("; ")));
  }
}
