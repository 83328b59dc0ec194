package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.jspecify.annotations.Nullable;

/** The bitmaps in L1's memory by which L1 picks ports, MSRs and VMCS fields. */
final class Bitmaps {
  private Bitmaps() {}

  /**
   * Notes bit {@code index} of the bitmap at {@code gpa} as the ground of the route; whether it is set. An
   * unreadable byte counts as set.
   *
   * @param field the field that points to the bitmap, or null if none does
   */
  static boolean routeBy(
      Snapshot snapshot, @Nullable EvmcsField field, long gpa, int index, Route route) {
    long at = gpa + index / Byte.SIZE;
    int bit = index % Byte.SIZE;
    int value = snapshot.memory().u8(at);
    boolean readable = value >= 0;
    route.byBitmap(
        readable ? RoutingGround.BITMAP : RoutingGround.BITMAP_UNREADABLE, field, at, bit, value);
    return !readable || ((value >>> bit) & 1) != 0;
  }
}
