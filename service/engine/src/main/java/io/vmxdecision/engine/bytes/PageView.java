package io.vmxdecision.engine.bytes;

import java.util.Arrays;
import java.util.Objects;

/**
 * What the views of shared pages have in common: a page of 4,096 bytes somewhere in a caller's
 * array. {@link #wrap} makes the view look at it; nothing is copied and nothing allocated. An
 * unwrapped view stands for a page that was not given: its accessors throw {@link
 * IndexOutOfBoundsException}. Not thread-safe.
 */
public abstract class PageView {
  /** Size of a page in bytes. */
  public static final int PAGE_BYTES = GuestPage.BYTES;

  private static final byte[] NOT_GIVEN = {};

  private byte[] buffer = NOT_GIVEN;
  private int base;

  /**
   * Looks at the page that starts at {@code offset} of {@code buffer}.
   *
   * @throws IndexOutOfBoundsException when the array does not hold 4,096 bytes from there
   */
  public final void wrap(byte[] buffer, int offset) {
    Objects.checkFromIndexSize(offset, PAGE_BYTES, buffer.length);
    this.buffer = buffer;
    this.base = offset;
  }

  /** Forgets the page: none is given. */
  public final void unwrap() {
    buffer = NOT_GIVEN;
    base = 0;
  }

  /** Whether a page is given. */
  public final boolean isGiven() {
    return buffer.length != 0;
  }

  /** A copy of the page's 4,096 bytes. */
  public final byte[] copy() {
    return Arrays.copyOfRange(buffer, base, base + PAGE_BYTES);
  }

  /** Copies the page's 4,096 bytes to the start of {@code destination}. */
  public final void copyTo(byte[] destination) {
    System.arraycopy(buffer, base, destination, 0, PAGE_BYTES);
  }

  /** Whether the page's 4,096 bytes equal the first of {@code other}. */
  public final boolean hasBytes(byte[] other) {
    return Arrays.equals(buffer, base, base + PAGE_BYTES, other, 0, PAGE_BYTES);
  }

  protected final int u8(int offset) {
    return LittleEndian.u8(buffer, base + offset);
  }

  protected final int u16(int offset) {
    return LittleEndian.u16(buffer, base + offset);
  }

  protected final int u32(int offset) {
    return LittleEndian.u32(buffer, base + offset);
  }

  protected final long u64(int offset) {
    return LittleEndian.u64(buffer, base + offset);
  }

  protected final void u8(int offset, int value) {
    LittleEndian.u8(buffer, base + offset, value);
  }

  protected final void u16(int offset, int value) {
    LittleEndian.u16(buffer, base + offset, value);
  }

  protected final void u32(int offset, int value) {
    LittleEndian.u32(buffer, base + offset, value);
  }

  protected final void u64(int offset, long value) {
    LittleEndian.u64(buffer, base + offset, value);
  }
}
