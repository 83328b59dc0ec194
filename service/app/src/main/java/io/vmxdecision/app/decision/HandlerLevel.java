package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.engine.machine.Level;

/** A level that handles exits. */
@Schema(name = "HandlerLevel",
    description = "L0, the hypervisor that is modelled, or L1, the guest hypervisor.", enumAsRef = true)
public enum HandlerLevel {
  L0,
  L1;

  static HandlerLevel of(Level level) {
    return level == Level.L1 ? L1 : L0;
  }
}
