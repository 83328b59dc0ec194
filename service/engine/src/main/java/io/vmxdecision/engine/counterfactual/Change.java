package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.catalogue.Words;
import java.util.List;

/**
 * One change: bits of a place get other values.
 *
 * @param <P> the places of a VM-exit or of a VM-entry
 * @param place where
 * @param mask which of its bits
 * @param from their values before, within {@code mask}
 * @param to their values after, within {@code mask}; equal to {@code from} only where the change gives a page
 */
public record Change<P extends Changeable>(P place, long mask, long from, long to) {
  /** The {@link #bit()} of a change of more than one. */
  public static final int NO_BIT = -1;

  /** All bits of a state, or of a page that is taken away. */
  static final long WHOLE = -1L;

  /** The one bit that changes, or {@link #NO_BIT}: it is a number that changes. */
  public int bit() {
    return Long.bitCount(mask) == 1 ? Long.numberOfTrailingZeros(mask) : NO_BIT;
  }

  /** What {@code value} becomes with {@code changes}, all of its place. */
  public static <P extends Changeable> long made(long value, List<Change<P>> changes) {
    long after = value;
    for (Change<P> change : changes) {
      after = (after & ~change.mask()) | change.to();
    }
    return after;
  }

  /** Whether the two cannot be made together: they change the same bits, or a page and what is in it. */
  boolean excludes(Change<P> other) {
    return place.equals(other.place)
        ? (mask & other.mask) != 0
        : takesAway(place, other.place) || takesAway(other.place, place) || overlap(place, other.place);
  }

  private static boolean overlap(Changeable one, Changeable other) {
    return one instanceof Place.Region(long gpa, int length)
        && other instanceof Place.Region(long otherGpa, int otherLength)
        && (Long.compareUnsigned(gpa - otherGpa, otherLength) < 0
            || Long.compareUnsigned(otherGpa - gpa, length) < 0);
  }

  private static boolean takesAway(Changeable place, Changeable what) {
    return place instanceof Place.Page(PageField.Page page)
        && what instanceof Place.Field(PageField field)
        && field.page() == page;
  }

  /** In words: {@code eVMCS 0x344 hv_enlightenments_control bit 0: 0 → 1}. */
  public String text() {
    int bit = bit();
    int low = Long.numberOfTrailingZeros(mask);
    String what = place.title();
    if (bit != NO_BIT) {
      String name = place.nameOf(bit);
      what += " bit " + bit + (name.isEmpty() ? "" : " (" + name + ")");
    } else if (mask != WHOLE && mask != place.mask()) {
      what += " " + Words.bits(mask);
    }
    return what + ": " + number(from >>> low) + " → " + number(to >>> low);
  }

  private static String number(long value) {
    return Long.compareUnsigned(value, 9) <= 0 ? Long.toString(value) : Words.hex(value);
  }
}
