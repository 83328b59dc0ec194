package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.engine.scenario.StaleDatum;

/** When L0 looks again at something of which it holds a copy. */
@Schema(name = "Reread",
    description = "NEXT_VM_ENTRY: at the vCPU's next VM-entry. AFTER_CLEAN_BIT_CLEARED: at"
        + " the first one after L1 has cleared the clean-field bit of the group."
        + " OVERWRITTEN_AT_EXIT: never; L0 writes what it holds over it when L2 exits to L1.",
    enumAsRef = true)
public enum RereadName {
  NEXT_VM_ENTRY, AFTER_CLEAN_BIT_CLEARED, OVERWRITTEN_AT_EXIT;

  /** The name of the engine's. */
  public static RereadName of(StaleDatum.Reread reread) {
    return valueOf(reread.name());
  }
}
