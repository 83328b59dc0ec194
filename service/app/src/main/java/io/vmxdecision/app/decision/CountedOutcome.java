package io.vmxdecision.app.decision;

import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What comes of an exit, as far as decisions are counted by it. The last few come of the profile tlfs only. */
enum CountedOutcome {
  REFLECTED(Level.L1),
  KEPT(Level.L0),
  EXCEPTION(Level.L0),
  SYNTHETIC_EXIT(Level.L0),
  HV_STATUS_SUCCESS(Level.L0),
  HV_STATUS_INVALID_HYPERCALL_INPUT(Level.L0),
  HV_STATUS_ACCESS_DENIED(Level.L0),
  HV_STATUS_INVALID_ALIGNMENT(Level.L0),
  HV_STATUS_INVALID_PARAMETER(Level.L0),
  MEMORY_INTERCEPT(Level.L0),
  SEVERAL_OUTCOMES(Level.L0),
  OUTCOME_NOT_SPECIFIED(Level.L0),
  HANDLER_NOT_SPECIFIED(null);

  private final @Nullable Level handledBy;

  CountedOutcome(@Nullable Level handledBy) {
    this.handledBy = handledBy;
  }

  static CountedOutcome of(HypercallStatus status) {
    return switch (status) {
      case HV_STATUS_SUCCESS -> HV_STATUS_SUCCESS;
      case HV_STATUS_INVALID_HYPERCALL_INPUT -> HV_STATUS_INVALID_HYPERCALL_INPUT;
      case HV_STATUS_INVALID_ALIGNMENT -> HV_STATUS_INVALID_ALIGNMENT;
      case HV_STATUS_INVALID_PARAMETER -> HV_STATUS_INVALID_PARAMETER;
      case HV_STATUS_ACCESS_DENIED -> HV_STATUS_ACCESS_DENIED;
    };
  }

  /** The value of the tag {@code handled.by}. */
  String handledBy() {
    return handledBy == null ? "not_specified" : handledBy.name();
  }

  /** The value of the tag {@code outcome}. */
  String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
