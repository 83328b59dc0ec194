package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.jspecify.annotations.Nullable;

/**
 * How an exit from L2 was routed, in numbers. Reused; allocates nothing; not thread-safe. What a
 * ground has no use for means nothing.
 */
public final class Route {
  private RoutingGround ground = RoutingGround.ALWAYS_WANTED;
  private @Nullable Control control;
  private @Nullable EvmcsField field;
  private int bit;
  private long value;
  private long gpa;

  /** Decided on {@code ground} alone. */
  public void by(RoutingGround ground) {
    this.ground = ground;
    control = null;
    field = null;
  }

  /** Decided by a control, which was set or not. */
  public void byControl(RoutingGround ground, Control control) {
    by(ground);
    this.control = control;
  }

  /** Decided by bit {@code bit} of a field of the eVMCS. */
  public void byBit(RoutingGround ground, EvmcsField field, int bit) {
    by(ground);
    this.field = field;
    this.bit = bit;
  }

  /** Decided by a value that was made from a field of the eVMCS, or looked up in vain. */
  public void byValue(RoutingGround ground, @Nullable EvmcsField field, long value) {
    by(ground);
    this.field = field;
    this.value = value;
  }

  /** Decided by bit {@code bit} of the byte at {@code gpa}, in a bitmap that a field points to. */
  public void byBitmap(RoutingGround ground, @Nullable EvmcsField field, long gpa, int bit, int value) {
    by(ground);
    this.field = field;
    this.gpa = gpa;
    this.bit = bit;
    this.value = value;
  }

  /** The ground. */
  public RoutingGround ground() {
    return ground;
  }

  /** The control that decided, or null. */
  public @Nullable Control control() {
    return control;
  }

  /** The field that decided or points to the bitmap that did, or null. */
  public @Nullable EvmcsField field() {
    return field;
  }

  /** The bit that decided: of the field, or of the bitmap's byte. */
  public int bit() {
    return bit;
  }

  /** The value that decided: the byte of a bitmap, the bits of a mask, a number out of range. */
  public long value() {
    return value;
  }

  /** L1's GPA of the byte of the bitmap. */
  public long gpa() {
    return gpa;
  }
}
