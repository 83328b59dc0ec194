package io.vmxdecision.app.decision;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.swagger.v3.oas.annotations.media.Schema;
import io.vmxdecision.engine.machine.Level;

/** A level that runs as a guest of L0. */
@Schema(name = "GuestLevel", description = "L1, the guest hypervisor, or L2, its guest.", enumAsRef = true)
public enum GuestLevel {
  L1,
  L2;

  /** The level of that very name; Jackson would trim it first. */
  @JsonCreator
  static GuestLevel named(String name) {
    return valueOf(name);
  }

  Level level() {
    return this == L1 ? Level.L1 : Level.L2;
  }

  /** Of L1 or L2. */
  public static GuestLevel of(Level level) {
    return level == Level.L1 ? L1 : L2;
  }
}
