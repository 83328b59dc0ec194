package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fields of an enlightened VMCS as they stand in JSON. */
@Schema(name = "EvmcsFieldCatalogue", description = "The fields of an enlightened VMCS.")
record EvmcsFieldCatalogue(
    @ArraySchema(arraySchema = @Schema(description = "The fields, by offset.",
        requiredMode = RequiredMode.REQUIRED)) List<EvmcsFieldPart> fields) {

  /** One field. */
  @Schema(name = "EvmcsField", description = "A field of an enlightened VMCS.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EvmcsFieldPart(
      @Schema(description = "The name in Linux and in evmcsFields.", example = "hv_vm_id",
          requiredMode = RequiredMode.REQUIRED) String name,
      @Schema(description = "The name in the TLFS.", example = "VmId",
          requiredMode = RequiredMode.REQUIRED) String tlfsName,
      @Schema(description = "Of the first byte in the page.", minimum = "0", maximum = "4095",
          requiredMode = RequiredMode.REQUIRED) int offset,
      @Schema(description = "In bytes: 2, 4 or 8.", minimum = "2", maximum = "8",
          requiredMode = RequiredMode.REQUIRED) int size,
      @Schema(
          description = "The encoding of the VMCS field (SDM appendix B), where there is one.") @Nullable Word32 vmcsEncoding,
      @Schema(description = "The name of the VMCS field in Linux, where it has one.",
          example = "GUEST_CR3") @Nullable String vmcsName,
      @Schema(description = "Its clean-field group, where the TLFS assigns one.",
          enumAsRef = true) @Nullable CleanFieldGroup cleanGroup,
      @Schema(description = "The group's bit in hv_clean_fields, where it has one.", minimum = "0",
          maximum = "15") @Nullable Integer cleanBit,
      @Schema(
          description = "Whether L0 loads the field at VM-entry, if its clean bit does not say that it need"
              + " not.",
          requiredMode = RequiredMode.REQUIRED) boolean l0ReadsOnEntry,
      @Schema(description = "Whether L0 writes the field at VM-exit.",
          requiredMode = RequiredMode.REQUIRED) boolean l0WritesOnExit,
      @ArraySchema(arraySchema = @Schema(
          description = "With a word of controls: its bits that have a name, lowest first.")) @Nullable List<BitPart> bits) {

    /** A control. */
    @Schema(name = "EvmcsFieldBit", description = "A control in a word of controls.")
    record BitPart(
        @Schema(description = "The bit, 0 the lowest.", minimum = "0", maximum = "31",
            requiredMode = RequiredMode.REQUIRED) int bit,
        @Schema(description = "Its name in the SDM.", example = "HLT exiting",
            requiredMode = RequiredMode.REQUIRED) String name) {}

    private static EvmcsFieldPart of(EvmcsField field) {
      boolean encoded = field.encoding() != EvmcsField.NO_ENCODING;
      return new EvmcsFieldPart(
          field.linuxName(),
          field.tlfsName(),
          field.offset(),
          field.bytes(),
          encoded ? new Word32(field.encoding()) : null,
          field.vmcsName(),
          CleanGroups.groupOf(field),
          CleanGroups.bitOf(field),
          Profile.DEFAULT.evmcs().loads(field),
          Profile.DEFAULT.evmcs().stores(field),
          bits(field));
    }

    private static @Nullable List<BitPart> bits(EvmcsField field) {
      List<BitPart> bits =
          Stream.of(Control.values())
              .filter(control -> control.field() == field)
              .map(control -> new BitPart(control.bit(), control.title()))
              .toList();
      return bits.isEmpty() ? null : bits;
    }
  }

  static EvmcsFieldCatalogue of(List<EvmcsField> fields) {
    return new EvmcsFieldCatalogue(fields.stream().map(EvmcsFieldPart::of).toList());
  }
}
