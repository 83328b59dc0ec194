package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;

/**
 * The fields of the enlightened VMCS whose value an exit to L1 changes, by offset. Reused; allocates
 * nothing after construction; not thread-safe.
 */
public final class EvmcsWrites {
  /** As many as an exit to L1 writes. */
  private static final int WRITTEN_BY_AN_EXIT = 16;

  private final EvmcsField[] fields;
  private final long[] before;
  private final long[] after;
  private int count;

  /** Place for the fields that one exit to L1 changes. */
  public EvmcsWrites() {
    this(WRITTEN_BY_AN_EXIT);
  }

  /** Place for {@code capacity} fields. */
  public EvmcsWrites(int capacity) {
    fields = new EvmcsField[capacity];
    before = new long[capacity];
    after = new long[capacity];
  }

  /** No writes. */
  public void clear() {
    count = 0;
  }

  /**
   * Notes that {@code field} of {@code page} becomes {@code value} (zero-extended to 64 bits), unless
   * it is so already. Fields have to come in ascending order of their offset.
   */
  public void write(EnlightenedVmcs page, EvmcsField field, long value) {
    long old = page.value(field);
    if (old != value) {
      fields[count] = field;
      before[count] = old;
      after[count] = value;
      count++;
    }
  }

  /** How many fields change. */
  public int count() {
    return count;
  }

  /** The field of write {@code index}. */
  public EvmcsField field(int index) {
    return fields[index];
  }

  /** Its value before, zero-extended to 64 bits. */
  public long before(int index) {
    return before[index];
  }

  /** Its value after, zero-extended to 64 bits. */
  public long after(int index) {
    return after[index];
  }

  /** Carries the writes out on {@code page}. */
  public void applyTo(EnlightenedVmcs page) {
    for (int i = 0; i < count; i++) {
      page.value(fields[i], after[i]);
    }
  }
}
