package io.vmxdecision.app.evmcs;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.check.ByteRange;
import java.util.List;

/** Bytes of a page. */
@Schema(name = "ByteRange", description = "Bytes of a page.")
record ByteRangePart(
    @Schema(description = "Of the first byte.", minimum = "0", maximum = "4095",
        requiredMode = RequiredMode.REQUIRED) int offset,
    @Schema(description = "How many bytes.", minimum = "1", maximum = "4096",
        requiredMode = RequiredMode.REQUIRED) int length) {

  static List<ByteRangePart> of(List<ByteRange> ranges) {
    return ranges.stream().map(range -> new ByteRangePart(range.offset(), range.length())).toList();
  }
}
