package io.vmxdecision.engine.check;

import org.jspecify.annotations.Nullable;

/**
 * What a check found, and where.
 *
 * @param check what it is
 * @param field the Linux name of the field, in the page that the check names
 * @param offset the field's byte offset in that page
 * @param bit the bit of the field, 0..31, or {@link #NO_BIT} where it is the whole field
 * @param value the field's value, zero-extended to 64 bits
 * @param before its value in the earlier page; null where no earlier page was looked at
 */
public record Finding(
    EvmcsCheck check, String field, int offset, int bit, long value, @Nullable Long before) {
  /** The {@link #bit()} of a finding about a whole field. */
  public static final int NO_BIT = -1;
}
