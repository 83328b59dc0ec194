package io.vmxdecision.app.evmcs;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.engine.check.UnmappedBytes;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import java.util.List;

/** A page, decoded. */
@Schema(name = "EvmcsDecoding", description = "An enlightened VMCS page, decoded.")
record EvmcsDecoding(
    @Schema(description = "The fields by name, by offset.",
        requiredMode = RequiredMode.REQUIRED) EvmcsFieldValues evmcsFields,
    @ArraySchema(arraySchema = @Schema(description = "The bytes outside any field that are not 0. Where there"
        + " are none, the fields are all there is, and encoding them gives the same page.",
        requiredMode = RequiredMode.REQUIRED)) List<ByteRangePart> unmapped) {

  static EvmcsDecoding of(EnlightenedVmcs page, boolean nonzero) {
    return new EvmcsDecoding(
        EvmcsFieldValues.of(page, nonzero), ByteRangePart.of(UnmappedBytes.nonZero(page)));
  }
}
