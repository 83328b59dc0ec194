package io.vmxdecision.engine.bytes;

import java.util.Arrays;

/**
 * What L1's EPT makes of L2's guest-physical pages: L2 GPA page to L1 GPA page, 4 KiB each. A page
 * that is not listed has no translation.
 *
 * <p>Adding may grow the table; translating allocates nothing. Not thread-safe while pages are
 * added or cleared.
 */
public final class PageTranslations {
  /** No translation: all ones, as {@code INVALID_GPA} in KVM. */
  public static final long NONE = -1L;

  private long[] l2Pages = new long[4];
  private long[] l1Pages = new long[4];
  private int size;

  /** Forgets all pages. */
  public void clear() {
    size = 0;
  }

  /** How many pages are listed. */
  public int size() {
    return size;
  }

  /** The L2 page at {@code index} of the list, which is in the order of these addresses. */
  public long l2Gpa(int index) {
    return l2Pages[index];
  }

  /** What it is translated to. */
  public long l1Gpa(int index) {
    return l1Pages[index];
  }

  /**
   * Adds the translation of one page.
   *
   * @return false, and nothing is added, when the L2 page has one already
   * @throws IllegalArgumentException when an address is not page-aligned
   */
  public boolean add(long l2Gpa, long l1Gpa) {
    if (GuestPage.offset(l2Gpa | l1Gpa) != 0) {
      throw new IllegalArgumentException("a page address with low 12 bits");
    }
    int index = indexOf(l2Gpa);
    if (index >= 0) {
      return false;
    }
    int at = -index - 1;
    if (size == l2Pages.length) {
      l2Pages = Arrays.copyOf(l2Pages, size * 2);
      l1Pages = Arrays.copyOf(l1Pages, size * 2);
    }
    System.arraycopy(l2Pages, at, l2Pages, at + 1, size - at);
    System.arraycopy(l1Pages, at, l1Pages, at + 1, size - at);
    l2Pages[at] = l2Gpa;
    l1Pages[at] = l1Gpa;
    size++;
    return true;
  }

  /** Adds all translations of {@code other}, none of whose pages may have one. */
  public void addAll(PageTranslations other) {
    for (int i = 0; i < other.size; i++) {
      add(other.l2Pages[i], other.l1Pages[i]);
    }
  }

  /** Takes away the translation of an L2 page, if it has one. */
  public void remove(long l2Gpa) {
    int index = indexOf(l2Gpa);
    if (index >= 0) {
      int behind = --size - index;
      System.arraycopy(l2Pages, index + 1, l2Pages, index, behind);
      System.arraycopy(l1Pages, index + 1, l1Pages, index, behind);
    }
  }

  /**
   * The L1 GPA of the byte at {@code l2Gpa}, or {@link #NONE}. Only the page of that one byte is
   * looked up, as {@code translate_nested_gpa()} does.
   */
  public long translate(long l2Gpa) {
    int offset = GuestPage.offset(l2Gpa);
    int index = indexOf(l2Gpa - offset);
    return index < 0 ? NONE : l1Pages[index] + offset;
  }

  private int indexOf(long l2Page) {
    return Arrays.binarySearch(l2Pages, 0, size, l2Page);
  }
}
