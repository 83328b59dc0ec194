package io.vmxdecision.app.exitreason;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.List;

/** The names of exit reasons. */
@Schema(name = "ExitReasonList", description = "Every basic reason that is defined, and the synthetic one.")
record ExitReasonList(
    @ArraySchema(arraySchema = @Schema(description = "The reasons, by number.",
        requiredMode = RequiredMode.REQUIRED)) List<ExitReasonAnswer> exitReasons) {

  static ExitReasonList all() {
    List<ExitReasonAnswer> reasons = new ArrayList<>();
    for (BasicExitReason reason : BasicExitReason.values()) {
      reasons.add(ExitReasonAnswer.of(reason.number()));
    }
    reasons.add(ExitReasonAnswer.of(ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH));
    return new ExitReasonList(reasons);
  }
}
