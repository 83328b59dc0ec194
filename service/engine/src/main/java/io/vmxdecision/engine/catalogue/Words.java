package io.vmxdecision.engine.catalogue;

import io.vmxdecision.engine.bytes.BitRange;
import io.vmxdecision.engine.bytes.PageField;
import java.util.ArrayList;
import java.util.List;

/** Fields, bits and values in words, as evidence and documents name them. */
public final class Words {
  private Words() {}

  /** A word of up to 32 bits: {@code 0x} and digits without leading zeros. */
  public static String hex(int word) {
    return hex(Integer.toUnsignedLong(word));
  }

  /** A word of up to 64 bits: {@code 0x} and digits without leading zeros. */
  public static String hex(long word) {
    return "0x" + Long.toHexString(word);
  }

  /** Whether something is given: {@code eVMCS page: given}. */
  public static String given(String what, boolean given) {
    return what + (given ? ": given" : ": not given");
  }

  /** Where a field is and what it is called: {@code eVMCS 0x344 hv_enlightenments_control}. */
  public static String place(PageField field) {
    return field.address() + " " + field.linuxName();
  }

  /** The value of a field: {@code eVMCS 0x000 revision_id = 0x1}. */
  public static String value(PageField field, long value) {
    return place(field) + " = " + hex(value);
  }

  /** A bit of a word: {@code <where> = 0x1, bit 0 is set}. */
  public static String bit(String where, int word, int mask) {
    return where + " = " + hex(word) + ", bit " + Integer.numberOfTrailingZeros(mask) + " is "
        + state((word & mask) != 0);
  }

  /** {@code set} or {@code clear}. */
  public static String state(boolean set) {
    return set ? "set" : "clear";
  }

  /** The value of a run of bits: {@code bits 43:32, rep count = 1}. */
  public static String value(BitRange range, long word) {
    return range.bits() + ", " + range.name() + " = " + range.of(word);
  }

  /** The bits of a mask: {@code bit 0}, {@code bits 26:17} or {@code bits 31:27, 47:44 and 63:60}. */
  public static String bits(long mask) {
    List<String> runs = new ArrayList<>();
    long rest = mask;
    while (rest != 0) {
      int first = Long.numberOfTrailingZeros(rest);
      int count = Long.numberOfTrailingZeros(~(rest >>> first));
      runs.add(count == 1 ? String.valueOf(first) : (first + count - 1) + ":" + first);
      rest &= count + first == Long.SIZE ? 0 : -1L << (first + count);
    }
    String last = runs.removeLast();
    String unit = runs.isEmpty() && Long.bitCount(mask) == 1 ? "bit " : "bits ";
    return unit + (runs.isEmpty() ? last : String.join(", ", runs) + " and " + last);
  }
}
