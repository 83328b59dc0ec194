package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.check.EvmcsDifference;
import io.vmxdecision.engine.check.EvmcsDifference.CleanGroupChange;
import io.vmxdecision.engine.check.EvmcsDifference.FieldChange;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How two pages differ, as it stands in JSON. */
@Schema(name = "EvmcsDifference", description = "How two pages of one enlightened VMCS differ.")
record EvmcsDifferenceAnswer(
    @ArraySchema(arraySchema = @Schema(description = "The fields that differ, by offset.",
        requiredMode = RequiredMode.REQUIRED)) List<FieldPart> fields,
    @ArraySchema(arraySchema = @Schema(
        description = "The groups of which a field differs, by bit: L1 must have"
            + " cleared their clean bits, if it made the change.",
        requiredMode = RequiredMode.REQUIRED)) List<CleanGroupPart> cleanGroups,
    @ArraySchema(arraySchema = @Schema(description = "The bytes outside any field that differ.",
        requiredMode = RequiredMode.REQUIRED)) List<ByteRangePart> unmapped) {

  /** A field that differs. */
  @Schema(name = "EvmcsFieldDifference", description = "A field that differs.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FieldPart(
      @Schema(description = "The Linux name.", example = "hv_vm_id",
          requiredMode = RequiredMode.REQUIRED) String field,
      @Schema(description = "Of the first byte in the page.", minimum = "0", maximum = "4095",
          requiredMode = RequiredMode.REQUIRED) int offset,
      @Schema(description = "In bytes: 2, 4 or 8.", minimum = "2", maximum = "8",
          requiredMode = RequiredMode.REQUIRED) int size,
      @Schema(description = "Its value in the earlier page, as wide as the field.",
          requiredMode = RequiredMode.REQUIRED) Word64 before,
      @Schema(description = "Its value in the later page.",
          requiredMode = RequiredMode.REQUIRED) Word64 after,
      @Schema(description = "Its clean-field group, where it has one.",
          enumAsRef = true) @Nullable CleanFieldGroup cleanGroup,
      @Schema(description = "Whether L0 writes the field at VM-exit: then the change may be its own.",
          requiredMode = RequiredMode.REQUIRED) boolean l0WritesOnExit) {

    private static FieldPart of(FieldChange change) {
      EvmcsField field = change.field();
      return new FieldPart(
          field.linuxName(),
          field.offset(),
          field.bytes(),
          new Word64(change.before()),
          new Word64(change.after()),
          CleanGroups.groupOf(field),
          Profile.DEFAULT.evmcs().stores(field));
    }
  }

  /** A group of which a field differs. */
  @Schema(name = "CleanGroupDifference", description = "A clean-field group of which a field differs.")
  record CleanGroupPart(
      @Schema(description = "Which group.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) CleanFieldGroup name,
      @Schema(description = "Its bit in hv_clean_fields.", minimum = "0", maximum = "15",
          requiredMode = RequiredMode.REQUIRED) int bit,
      @Schema(description = "Whether the later page has the bit clear.",
          requiredMode = RequiredMode.REQUIRED) boolean cleared,
      @Schema(
          description = "Whether L0 writes all of the group's differing fields at VM-exit: then the change"
              + " may be its own, and nothing for L1 to announce.",
          requiredMode = RequiredMode.REQUIRED) boolean l0MayHaveWritten) {

    private static CleanGroupPart of(CleanGroupChange change) {
      return new CleanGroupPart(
          change.group(), change.group().bit(), change.cleared(), change.writtenByL0());
    }
  }

  static EvmcsDifferenceAnswer of(EvmcsDifference difference) {
    return new EvmcsDifferenceAnswer(
        difference.fields().stream().map(FieldPart::of).toList(),
        difference.cleanGroups().stream().map(CleanGroupPart::of).toList(),
        ByteRangePart.of(difference.unmapped()));
  }
}
